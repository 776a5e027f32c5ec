namespace Alignment.Hosting.Options;

/// <summary>
/// The configuration cannot be served; the message lists the problems, one a line: the first <see cref="MaxListed"/>, then how many more
/// there are.
/// </summary>
public sealed class InvalidConfigurationException(IReadOnlyCollection<string> problems) : Exception(List(problems))
{
    /// <summary>Problems that the message lists.</summary>
    public const int MaxListed = 20;

    /// <summary>Every problem, with its path.</summary>
    public IReadOnlyCollection<string> Problems { get; } = problems;

    /// <summary>Throws where there is a problem.</summary>
    /// <exception cref="InvalidConfigurationException">There is one.</exception>
    public static void ThrowIfAny(IReadOnlyCollection<string> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        if (problems.Count > 0)
        {
            throw new InvalidConfigurationException(problems);
        }
    }

    private static string List(IReadOnlyCollection<string> problems) => string.Join(
        Environment.NewLine,
        problems.Take(MaxListed).Select(problem => problem.ReplaceLineEndings(" "))
            .Concat(problems.Count > MaxListed ? [$"and {problems.Count - MaxListed} more"] : []));
}
