namespace Alignment.Compute.NextToken;

/// <summary>A token and its log-probability.</summary>
public readonly record struct TokenLogProbability(int Token, float LogProbability);
