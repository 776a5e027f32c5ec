using Alignment.Rewards.Heads;

namespace Alignment.Rewards;

/// <summary>One objective of a value head, under the name that requests use.</summary>
/// <param name="Name">The head's name, or <c>head.objective</c> where the head has several.</param>
/// <param name="Head">The head.</param>
/// <param name="Objective">Which of its outputs.</param>
public sealed record ValueReward(string Name, ValueHead Head, int Objective)
{
    /// <summary>Score of a response by its last hidden state, <c>[hidden]</c>.</summary>
    public double Score(ReadOnlySpan<float> hidden) => Head.Score(hidden, Objective);
}
