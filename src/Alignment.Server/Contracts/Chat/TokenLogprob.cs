namespace Alignment.Server.Contracts.Chat;

/// <summary>One token of a response.</summary>
/// <param name="Token">Its text.</param>
/// <param name="Logprob">Natural logarithm; -9999 for the impossible.</param>
/// <param name="Bytes">Its bytes: a character may be spread over several tokens.</param>
/// <param name="TopLogprobs">The most probable tokens at this position.</param>
internal sealed record TokenLogprob(string Token, float Logprob, IReadOnlyList<int> Bytes, IReadOnlyList<TopLogprob> TopLogprobs);
