namespace Alignment.Server.Configuration;

/// <summary>What the host would ignore, or stumble over with a stack trace, in the sections that it reads itself.</summary>
internal static class HostSections
{
    private const string Levels = "LogLevel";

    private static readonly string[] s_kestrelKeys = ["Endpoints", "EndpointDefaults", "Certificates"];

    // What is built in, by the names of its providers.
    private static readonly string[] s_loggers = ["Console", "Debug", "EventSource", "EventLog"];
    private static readonly string[] s_loggingKeys = [Levels, .. s_loggers, "CaptureScopes"];

    private static readonly string[] s_loggerKeys =
        [Levels, "FormatterName", "FormatterOptions", "LogToStandardErrorThreshold", "MaxQueueLength", "QueueFullMode"];

    /// <summary>Notes unknown keys of Kestrel and of the log, and levels of the log that do not exist.</summary>
    public static void Check(IConfiguration configuration, ICollection<string> problems)
    {
        CheckKeys(configuration.GetSection(TopLevelKeys.Kestrel), s_kestrelKeys, problems);
        IConfigurationSection logging = configuration.GetSection(TopLevelKeys.Logging);
        CheckKeys(logging, s_loggingKeys, problems);
        Array.ForEach(s_loggers, logger => CheckKeys(logging.GetSection(logger), s_loggerKeys, problems));
        foreach ((string path, string? value) in configuration.GetSection(TopLevelKeys.Logging).AsEnumerable())
        {
            if (value is not null && IsLevel(path) && !Enum.TryParse(value, ignoreCase: true, out LogLevel _))
            {
                problems.Add($"{path}: '{value}' is none of {string.Join(", ", Enum.GetNames<LogLevel>())}");
            }
        }
    }

    private static void CheckKeys(IConfigurationSection section, string[] known, ICollection<string> problems)
    {
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (TopLevelKeys.Problem(child.Key, known) is { } problem)
            {
                problems.Add($"{child.Path}: {problem}");
            }
        }
    }

    /// <summary>Levels stand in a section of this name, for all providers or for one.</summary>
    private static bool IsLevel(string path) => path.Split(':') is [.., Levels, _];
}
