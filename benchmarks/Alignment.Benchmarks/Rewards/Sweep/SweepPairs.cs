using Alignment.Training.Data;
using Alignment.Training.Evaluation;
using Alignment.Training.Rewards.Examples;

namespace Alignment.Benchmarks.Rewards.Sweep;

/// <summary>Pairs in folds, each learned from by the heads of the other folds; all pairs of a prompt lie in one.</summary>
internal sealed class SweepPairs
{
    public const int Folds = 5;

    private readonly int[] _folds;

    public SweepPairs(IReadOnlyList<RewardExample> pairs)
    {
        Pairs = pairs;
        _folds = [.. pairs.Select(pair => (int)(DataSplit.Hash("fold\n" + pair.Texts.Prompt) % Folds))];
    }

    public IReadOnlyList<RewardExample> Pairs { get; }

    /// <summary>Both responses of each pair, behind each other.</summary>
    public ResponseTokens[] Responses => [.. Pairs.SelectMany(pair => new[] { pair.Chosen, pair.Rejected })];

    /// <summary>Margins of every pair by who has not seen its prompt.</summary>
    /// <param name="fit">From the indices to learn from to a margin for each index.</param>
    /// <param name="share">Of the pairs to learn from, those that are.</param>
    public double[] CrossFit(Func<int[], Func<int, double>> fit, double share = 1)
    {
        double[] margins = new double[Pairs.Count];
        for (int fold = 0; fold < Folds; fold++)
        {
            int[] others = [.. Enumerable.Range(0, Pairs.Count).Where(i => _folds[i] != fold)];
            SeededOrder.Shuffle<int>(others, seed: 5);
            Func<int, double> margin = fit(others[..(int)(share * others.Length)]);
            foreach (int i in Enumerable.Range(0, Pairs.Count).Where(i => _folds[i] == fold))
            {
                margins[i] = margin(i);
            }
        }

        return margins;
    }

    public PairFigures Figures(double[] margins) => PairFigures.Of([.. Pairs.Select((pair, i) => pair.Texts.Score(margins[i]))]);
}
