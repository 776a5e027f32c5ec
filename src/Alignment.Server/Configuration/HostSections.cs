namespace Alignment.Server.Configuration;

/// <summary>What the host would ignore, or stumble over with a stack trace, in the sections that it reads itself.</summary>
internal static class HostSections
{
    private static readonly string[] s_kestrelKeys = ["Endpoints", "EndpointDefaults", "Certificates"];

    /// <summary>Notes unknown keys of Kestrel and levels of the log that do not exist.</summary>
    public static void Check(IConfiguration configuration, ICollection<string> problems)
    {
        foreach (IConfigurationSection child in configuration.GetSection(TopLevelKeys.Kestrel).GetChildren())
        {
            if (TopLevelKeys.Problem(child.Key, s_kestrelKeys) is { } problem)
            {
                problems.Add($"{child.Path}: {problem}");
            }
        }

        foreach ((string path, string? value) in configuration.GetSection(TopLevelKeys.Logging).AsEnumerable())
        {
            if (value is not null && IsLevel(path) && !Enum.TryParse(value, ignoreCase: true, out LogLevel _))
            {
                problems.Add($"{path}: '{value}' is none of {string.Join(", ", Enum.GetNames<LogLevel>())}");
            }
        }
    }

    /// <summary>Levels stand in a section of this name, for all providers or for one.</summary>
    private static bool IsLevel(string path) => path.Split(':') is [.., "LogLevel", _];
}
