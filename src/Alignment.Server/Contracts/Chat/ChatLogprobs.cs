namespace Alignment.Server.Contracts.Chat;

/// <summary>Log-probabilities under the aligned distribution: after guidance, before temperature and truncation.</summary>
/// <param name="Content">One for each token.</param>
/// <param name="Refusal">Always null.</param>
internal sealed record ChatLogprobs(IReadOnlyList<TokenLogprob> Content, IReadOnlyList<TokenLogprob>? Refusal);
