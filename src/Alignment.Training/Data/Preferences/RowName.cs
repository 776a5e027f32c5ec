using Alignment.Training.Data.Rows;

namespace Alignment.Training.Data.Preferences;

/// <summary>Names in rows that become names of rewards: users and attributes.</summary>
internal static class RowName
{
    public const int Longest = 40;

    /// <exception cref="RowException">It is none: letters, digits, dashes and underscores.</exception>
    public static string Require(string name, string field) =>
        name.Length is > 0 and <= Longest && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_')
            ? name
            : throw new RowException(
                $"'{field}' names '{Shown.Of(name, Longest)}', not 1 to {Longest} letters, digits, dashes and underscores");
}
