using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Objectives;
using Alignment.Training.Rewards.Trainers;

namespace Alignment.Training.Rewards.Heads;

/// <summary>Learning what each user prefers: a reward for every prototype and for every user.</summary>
internal sealed class UserCourse(
    IdealPoints objective, IReadOnlyList<string> users, IReadOnlyList<RewardExample> examples, RewardSettings settings)
    : PairCourse(objective, examples, settings)
{
    public override IReadOnlyList<HeadOutput> Outputs(LinearHead head)
    {
        double[] own = head.ReadOwn();
        return [.. base.Outputs(head), .. users.Select(user => new HeadOutput(user, objective.Weights(user, own)))];
    }

    public override HeadOutput OutputFor(LinearHead head, RewardExample pair) => pair.User is { } user && users.Contains(user)
        ? new HeadOutput(user, objective.Weights(user, head.ReadOwn()))
        : base.OutputFor(head, pair);
}
