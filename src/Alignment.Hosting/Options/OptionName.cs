using Alignment.Decoding.Problems;

namespace Alignment.Hosting.Options;

/// <summary>A name that an operator gives: requests repeat it, and logs and messages show it.</summary>
internal static class OptionName
{
    /// <summary>Most UTF-16 code units of one.</summary>
    public const int MaxLength = 64;

    /// <summary>What is wrong with it, as the rest of a sentence; null: nothing.</summary>
    public static string? Problem(string name) => string.IsNullOrWhiteSpace(name) ? "the name is blank"
        : name.Length > MaxLength ? $"the name has {name.Length} characters, more than {MaxLength}"
        : name.Any(char.IsControl) ? "the name has a control character"
        : null;

    /// <summary>As messages show it.</summary>
    public static string Show(string name) => Excerpt.Of(name, MaxLength);
}
