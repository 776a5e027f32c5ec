using Alignment.Rewards.Transforms;

namespace Alignment.Decoding.Requests;

/// <summary>One term of the sum that candidates are compared by: weight * transform(reward).</summary>
/// <param name="Name">The reward.</param>
public sealed record RewardTerm(string Name)
{
    /// <summary>Its weight.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>What is done to the reward before it is weighed.</summary>
    public RewardTransform Transform { get; init; } = RewardTransform.Identity;
}
