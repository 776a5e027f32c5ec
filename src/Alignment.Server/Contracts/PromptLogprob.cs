namespace Alignment.Server.Contracts;

/// <summary>A token at one position of a prompt, as vLLM writes it.</summary>
/// <param name="Logprob">Natural logarithm under the frozen model; -9999 for the impossible.</param>
/// <param name="Rank">1 for the most probable token; null behind the tokens that were asked for.</param>
/// <param name="DecodedToken">Its text.</param>
internal sealed record PromptLogprob(float Logprob, int? Rank, string DecodedToken);
