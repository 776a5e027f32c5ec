namespace Alignment.Compute.Contract.NextToken;

/// <summary>A token and its log-probability.</summary>
public readonly record struct TokenLogProbability(int Token, float LogProbability)
{
    /// <summary>Stands where a list of the best tokens has no further entry: token -1.</summary>
    public static TokenLogProbability None { get; } = new(-1, float.NegativeInfinity);
}
