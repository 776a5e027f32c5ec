using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Features;
using Alignment.Training.Rewards.Objectives;
using Alignment.Training.Rewards.Trainers;

namespace Alignment.Training.Rewards.Heads;

/// <summary>Examples of one kind and the objective that learns from them.</summary>
/// <param name="objective">What the head is to become.</param>
/// <param name="examples">What it learns from.</param>
/// <param name="settings">How.</param>
internal abstract class HeadCourse<TExample>(
    IObjective<TExample> objective, IReadOnlyList<TExample> examples, RewardSettings settings) : IHeadCourse
{
    private readonly HeadFit<TExample> _fit = new(objective, settings, settings.Objective == RewardObjective.More);

    /// <inheritdoc/>
    public LinearHead CreateHead(int width) => _fit.Create(width);

    /// <inheritdoc/>
    public void Train(
        LinearHead head, FeatureCache features, Action<RewardProgress> progress, Action checkpoint, CancellationToken cancellation)
    {
        ResponseTokens[][] responses = [.. examples.Select(Responses)];
        using FeatureTable table = features.Read(
            [.. responses.SelectMany(own => own)], new StateReading(settings.Positions), cancellation);
        _fit.Train(head, [.. Lessons(responses, table)], table, progress, checkpoint, cancellation);
    }

    /// <inheritdoc/>
    public virtual IReadOnlyList<HeadOutput> Outputs(LinearHead head) =>
        [.. objective.Outputs.Select((name, i) => new HeadOutput(name, [.. objective.Outputs.Select((_, j) => i == j ? 1.0 : 0)]))];

    /// <inheritdoc/>
    public virtual HeadOutput OutputFor(LinearHead head, RewardExample pair) =>
        new("", [.. objective.Outputs.Select(_ => 1.0 / objective.Outputs.Count)]);

    protected abstract ResponseTokens[] Responses(TExample example);

    protected abstract (double Weight, string Source) Origin(TExample example, int index);

    /// <summary>
    /// Where prefixes are learned from, those of two responses are compared at the same share of their lengths, so that a comparison is
    /// never one of lengths.
    /// </summary>
    private IEnumerable<HeadLesson<TExample>> Lessons(ResponseTokens[][] responses, FeatureTable table)
    {
        int response = 0;
        for (int i = 0; i < responses.Length; i++)
        {
            int[] counts = [.. responses[i].Select(own => settings.Positions.Count(own))];
            long[] first = [.. counts.Select((_, side) => table.FirstRow(response + side))];
            int most = counts.Max();
            response += counts.Length;
            long[][] rows =
            [
                .. Enumerable.Range(1, most).Select(part => counts
                    .Select((count, side) => first[side] + (((part * count) + most - 1) / most) - 1)
                    .ToArray()),
            ];
            (double weight, string source) = Origin(examples[i], i);
            yield return new HeadLesson<TExample>(examples[i], weight, rows, source);
        }
    }
}
