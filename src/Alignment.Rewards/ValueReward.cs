using Alignment.Rewards.Heads;

namespace Alignment.Rewards;

/// <summary>One objective of a value head, under the name that requests use.</summary>
/// <param name="Name">The head's name, or <c>head.objective</c> where the head has several.</param>
/// <param name="Head">The head.</param>
/// <param name="Objective">Which of its outputs.</param>
public sealed record ValueReward(string Name, ValueHead Head, int Objective) : IReward
{
    /// <inheritdoc/>
    public Task<RewardScore[]> ScoreAsync(IReadOnlyList<RewardDraft> drafts) => Task.WhenAll(drafts.Select(ScoreAsync));

    /// <summary>Score of a response by the hidden state where the head reads it, <c>[hidden]</c>.</summary>
    public double Score(ReadOnlySpan<float> hidden) => Head.Score(hidden, Objective);

    private async Task<RewardScore> ScoreAsync(RewardDraft draft) => Head.ScoresPrefixes
        ? new(Score(await draft.HiddenAtLastTokenAsync()), draft.AtLastToken)
        : new(Score(await draft.HiddenAtEndAsync()), draft.At);
}
