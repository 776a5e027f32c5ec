namespace Alignment.Decoding.Problems;

/// <summary>A request cannot be served as it is. Carries every problem found, not only the first.</summary>
public sealed class InvalidRequestException(ProblemCollection problems) : Exception(problems?.ToString())
{
    /// <summary>The problems, in the order of the request's fields.</summary>
    public ProblemCollection Problems { get; } = problems!;

    /// <summary>Throws when there is any problem.</summary>
    /// <exception cref="InvalidRequestException">There is.</exception>
    public static void ThrowIfAny(ProblemCollection problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        if (problems.Count > 0)
        {
            throw new InvalidRequestException(problems);
        }
    }
}
