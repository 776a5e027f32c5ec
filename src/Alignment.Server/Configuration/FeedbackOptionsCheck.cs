using Alignment.Feedback.Storage;

namespace Alignment.Server.Configuration;

/// <summary>What is wrong with the section <c>Server:Feedback</c> beyond its single values.</summary>
internal static class FeedbackOptionsCheck
{
    private const string Section = $"{ServerOptions.Section}:{nameof(ServerOptions.Feedback)}";
    private const string Database = $"{Section}:{nameof(FeedbackOptions.Database)}";

    /// <summary>
    /// Notes settings that nothing would read, and a place where no database can be. One that is locked or damaged is no mistake of the
    /// configuration: the server serves without it.
    /// </summary>
    public static void Check(FeedbackOptions options, IConfiguration configuration, ICollection<string> problems)
    {
        if (options.Database.Length == 0)
        {
            CheckAbsent(configuration, problems);
            return;
        }

        if (options.Window > options.Retention)
        {
            problems.Add($"{Section}:{nameof(FeedbackOptions.Window)}: is longer than {nameof(FeedbackOptions.Retention)}");
        }

        // The file is made where there is none: not for a configuration that is wrong anyway.
        if (problems.Count == 0 && FeedbackDatabase.Problem(options.Database) is { } problem)
        {
            problems.Add($"{Database}: {problem}");
        }
    }

    private static void CheckAbsent(IConfiguration configuration, ICollection<string> problems)
    {
        if (configuration[Database] is "")
        {
            problems.Add($"{Database}: is empty; leave it out to remember nothing");
        }

        foreach (IConfigurationSection key in configuration.GetSection(Section).GetChildren().Where(key => key.Path != Database))
        {
            problems.Add($"{key.Path}: is not read without {Database}");
        }
    }
}
