using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Objectives;
using Alignment.Training.Rewards.Trainers;

namespace Alignment.Training.Rewards.Heads;

/// <summary>Learning from pairs, each of its weight or of one under which length tells nothing.</summary>
internal class PairCourse(IObjective<RewardExample> objective, IReadOnlyList<RewardExample> examples, RewardSettings settings)
    : HeadCourse<RewardExample>(
        settings.LengthPenalty > 0 ? new LengthPenalty(objective, settings.LengthPenalty) : objective, examples, settings)
{
    private readonly double[]? _factors = settings.BalanceLengths ? LengthBalancedWeights.Of(examples) : null;

    protected override ResponseTokens[] Responses(RewardExample example) => [example.Chosen, example.Rejected];

    protected override (double Weight, string Source) Origin(RewardExample example, int index) =>
        (example.Weight * (_factors?[index] ?? 1), example.Source);
}
