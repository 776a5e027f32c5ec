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
            string name = parts[0].StartsWith(Prefix, StringComparison.Ordinal) ? parts[0][Prefix.Length..] : "";
            string shown = $"argument {i + 1}";
            if (name.Length == 0)
            {
                problems.Add($"{shown}: is no option; write --Key=value or --Key value");
                continue;
            }

            // Two names are shown: a secret that was written behind a colon would be the third.
            shown = Prefix + string.Join(':', name.Split(':').Take(2));
            if (TopLevelKeys.Problem(name.Split(':')[0], TopLevelKeys.OfArguments) is { } problem)
            {
                problems.Add($"{shown}: {problem}");
            }
            else if (TopLevelKeys.Sections.ContainsKey(name))
            {
                problems.Add($"{shown}: is a section of keys, not a value");
            }

            if (!seen.Add(name))
            {
                problems.Add($"{shown}: is given twice (argument {i + 1})");
            }

            bool takesNext = parts.Length == 1 && i + 1 < arguments.Count && !arguments[i + 1].StartsWith(Prefix, StringComparison.Ordinal);
            if (parts.Length == 1 && !takesNext)
            {
                problems.Add($"{shown}: has no value (argument {i + 1})");
            }

            i += takesNext ? 1 : 0;
        }
    }
}
