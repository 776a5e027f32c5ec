namespace Alignment.Compute.Contract.NextToken;

/// <summary>A number added to one token's score.</summary>
public readonly record struct TokenBias(int Token, float Value);
