namespace Alignment.Server.Contracts.Chat;

/// <summary>One of the most probable tokens at a position.</summary>
/// <param name="Token">Its text.</param>
/// <param name="Logprob">Natural logarithm; -9999 for the impossible.</param>
/// <param name="Bytes">Its bytes.</param>
internal sealed record TopLogprob(string Token, float Logprob, IReadOnlyList<int> Bytes);
