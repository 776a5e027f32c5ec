using System.Text.RegularExpressions;
using Alignment.Decoding.Reading;
using Alignment.Hosting.Options;

namespace Alignment.Server.Configuration;

/// <summary>
/// Finds environment variables that were meant for this server and that nothing would read: <c>Sever__ApiKeys</c>, <c>SERVER_API_KEY</c>,
/// <c>ALIGNMENT_THREDS</c>. All others belong to other programs.
/// </summary>
internal static partial class EnvironmentNames
{
    /// <summary>What begins so is ours.</summary>
    private const string Own = "ALIGNMENT_";

    /// <summary>Variables that are read where they are needed, not through the configuration.</summary>
    public static readonly string[] Plain = ["ALIGNMENT_THREADS", "ALIGNMENT_SIMD", "ALIGNMENT_CUDA_LIBRARIES", "ALIGNMENT_CUDA_MATMUL"];

    private static readonly string[] s_sections = [.. TopLevelKeys.Sections.Keys, TopLevelKeys.Logging, TopLevelKeys.Kestrel];

    // What the host takes off before it reads the rest as a key.
    private static readonly string[] s_prefixes = ["ASPNETCORE_", "DOTNET_"];

    /// <summary>Notes names that are nearly ours, and settings that two variables give in different spelling.</summary>
    public static void Check(IReadOnlyCollection<string> names, ICollection<string> problems)
    {
        foreach (string name in names)
        {
            if (Problem(name) is { } problem)
            {
                problems.Add($"environment variable {name}: is not read; {problem}");
            }
        }

        foreach (IGrouping<string, string> same in names.GroupBy(Path, StringComparer.OrdinalIgnoreCase)
            .Where(group => group.Count() > 1 && IsOurs(group.Key)))
        {
            string all = string.Join(", ", same.Order(StringComparer.Ordinal));
            problems.Add($"environment variables {all}: are the same setting; keep one of them");
        }
    }

    private static string? Problem(string name)
    {
        string[] path = Path(name).Split(':');
        return path.Length > 1 ? ProblemOfSection(path[0])
            : Plain.Contains(name) ? null
            : Spelling.Nearest(name, Plain) is { } plain ? $"did you mean {plain}?"
            : TopLevelKeys.Sections.Keys.Select(section => ProblemOfUnderscore(name, section)).OfType<string>().FirstOrDefault()
            ?? (IsOwn(name) ? $"what exists: {string.Join(", ", Plain)}, and every key as Section__Key" : null);
    }

    private static bool IsOwn(string name) => name.StartsWith(Own, StringComparison.OrdinalIgnoreCase)
        && !Tools().IsMatch(name) && !Platform().IsMatch(name);

    /// <summary>Read by this project's tests, which start servers.</summary>
    [GeneratedRegex("^ALIGNMENT_(TEST|MUTATION)")]
    private static partial Regex Tools();

    /// <summary>What container platforms set for a service that is called as we are: <c>ALIGNMENT_PORT_8080_TCP_ADDR</c>.</summary>
    [GeneratedRegex("^ALIGNMENT_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?|NAME)$")]
    private static partial Regex Platform();

    private static bool IsOurs(string path) => path.Split(':') is { Length: > 1 } parts && TopLevelKeys.Sections.ContainsKey(parts[0]);

    private static string? ProblemOfSection(string section) => s_sections.Contains(section, StringComparer.OrdinalIgnoreCase) ? null
        : Spelling.Nearest(section, s_sections) is { } meant ? $"did you mean {meant}__?"
        : null;

    /// <summary>
    /// One underscore where two belong, or words parted as in other programs' variables; behind <c>ALIGNMENT_</c>, which is also what we
    /// are called, keys of every section.
    /// </summary>
    private static string? ProblemOfUnderscore(string name, string section)
    {
        string prefix = new[] { section + "_", Own }
            .FirstOrDefault(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) ?? "";
        string[] keys = [.. OptionKey.Of(section, TopLevelKeys.Sections[section]).Select(key => key.Path.Split(':')[1]).Distinct()];
        return prefix.Length > 0 && Spelling.Nearest(name[prefix.Length..], keys) is { } key ? $"did you mean {section}__{key}?" : null;
    }

    /// <summary>A variable's name as a path of the configuration.</summary>
    private static string Path(string name)
    {
        string prefix = s_prefixes.FirstOrDefault(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) ?? "";
        return name[prefix.Length..].Replace("__", ":", StringComparison.Ordinal);
    }
}
