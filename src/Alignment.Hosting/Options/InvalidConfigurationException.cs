namespace Alignment.Hosting.Options;

/// <summary>The configuration cannot be served; the message lists every problem, one a line.</summary>
public sealed class InvalidConfigurationException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    /// <summary>Every problem, with its path.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
