using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Features;
using Alignment.Training.Rewards.Trainers;

namespace Alignment.Training.Rewards.Heads;

/// <summary>An objective with the examples that it learns from, whatever their kind.</summary>
internal interface IHeadCourse
{
    /// <summary>An untrained head; the caller's to dispose.</summary>
    LinearHead CreateHead(int width);

    /// <summary>See <see cref="IRewardTrainer.Train"/>.</summary>
    void Train(
        LinearHead head, FeatureCache features, Action<RewardProgress> progress, Action checkpoint, CancellationToken cancellation);

    /// <summary>The rewards of the trained head.</summary>
    IReadOnlyList<HeadOutput> Outputs(LinearHead head);

    /// <summary>The one by which responses of this pair are compared.</summary>
    HeadOutput OutputFor(LinearHead head, RewardExample pair);
}
