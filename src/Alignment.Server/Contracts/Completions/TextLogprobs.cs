namespace Alignment.Server.Contracts.Completions;

/// <summary>Log-probabilities under the aligned distribution, column by column.</summary>
/// <param name="Tokens">Texts of the tokens.</param>
/// <param name="TokenLogprobs">Their natural logarithms; null for the first token of an echoed prompt.</param>
/// <param name="TopLogprobs">The most probable tokens at each position.</param>
/// <param name="TextOffset">Where each token begins in the text, in characters.</param>
internal sealed record TextLogprobs(
    IReadOnlyList<string> Tokens,
    IReadOnlyList<float?> TokenLogprobs,
    IReadOnlyList<IReadOnlyDictionary<string, float>?> TopLogprobs,
    IReadOnlyList<int> TextOffset);
