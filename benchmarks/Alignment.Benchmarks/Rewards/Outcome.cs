namespace Alignment.Benchmarks.Rewards;

/// <summary>One response: what the judge gave it, what it cost.</summary>
/// <param name="Score">The judge's score.</param>
/// <param name="Divergence">Sum over its steps of KL(drawn from || frozen), in nats.</param>
/// <param name="Length">Tokens of the response.</param>
/// <param name="ForwardTokens">Rows sent through the model for it.</param>
internal sealed record Outcome(double Score, double Divergence, int Length, long ForwardTokens);
