using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Objectives;
using Alignment.Training.Rewards.Trainers;

namespace Alignment.Training.Rewards.Heads;

/// <summary>Learning from responses that were judged one by one.</summary>
internal sealed class RatingCourse(IObjective<RatedExample> objective, IReadOnlyList<RatedExample> examples, RewardSettings settings)
    : HeadCourse<RatedExample>(objective, examples, settings)
{
    protected override ResponseTokens[] Responses(RatedExample example) => [example.Response];

    protected override (double Weight, string Source) Origin(RatedExample example, int index) => (example.Weight, example.Source);
}
