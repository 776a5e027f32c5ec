namespace Alignment.Server.Configuration;

/// <summary>
/// The server's arguments: <c>--Key=value</c> or <c>--Key value</c>. The host's own reading of them drops what it does not understand; here
/// that is a mistake. A value may be a secret and is never repeated, nor is a word that stands where no value belongs.
/// </summary>
internal static class CommandLineArguments
{
    private const string Prefix = "--";

    /// <summary>Notes arguments that are no options, lack a value, are given twice, or begin with a name that does not exist.</summary>
    public static void Check(IReadOnlyList<string> arguments, ICollection<string> problems)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < arguments.Count; i++)
        {
            string[] parts = arguments[i].Split('=', 2);
            if (!parts[0].StartsWith(Prefix, StringComparison.Ordinal) || parts[0].Length == Prefix.Length)
            {
                problems.Add($"argument {i + 1}: is no option; write --Key=value or --Key value");
                continue;
            }

            string name = parts[0][Prefix.Length..];
            bool takesNext = parts.Length == 1 && i + 1 < arguments.Count && !arguments[i + 1].StartsWith(Prefix, StringComparison.Ordinal);
            string?[] wrong =
            [
                ProblemOfName(name),
                seen.Add(name) ? null : $"is given twice (argument {i + 1})",
                parts.Length == 2 || takesNext ? null : $"has no value (argument {i + 1})",
            ];
            if (wrong.OfType<string>().FirstOrDefault() is { } problem)
            {
                problems.Add($"{Shown(name)}: {problem}");
            }

            i += takesNext ? 1 : 0;
        }
    }

    private static string? ProblemOfName(string name) => TopLevelKeys.Problem(name.Split(':')[0], TopLevelKeys.OfArguments)
        ?? (TopLevelKeys.Sections.ContainsKey(name) ? "is a section of keys, not a value" : null);

    /// <summary>Two names: a secret that was written behind a colon would be the third.</summary>
    private static string Shown(string name) => Prefix + string.Join(':', name.Split(':').Take(2));
}
