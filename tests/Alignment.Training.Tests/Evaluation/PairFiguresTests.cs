using Alignment.Compute.Contract.Random;
using Alignment.Training.Evaluation;

namespace Alignment.Training.Tests.Evaluation;

/// <summary>Every figure against its definition, computed in another way.</summary>
public sealed class PairFiguresTests
{
    [Fact]
    public void A_few_pairs_by_hand()
    {
        PairFigures figures = PairFigures.Of(
        [
            new("a", 2, 200, 100), // ratio 2, the longer one is chosen, right
            new("a", -1, 150, 80), // ratio 1.875, the longer one is chosen, wrong
            new("b", 1, 90, 170), // ratio 1.89, the shorter one is chosen, right
            new("c", 0, 100, 100), // as long, a tie
            new("d", -3, 110, 100), // a tenth longer: matched, wrong
            new("e", 1, 1000, 10), // ratio 100: nothing to balance it with
        ]);
        Assert.Equal((6, 5), (figures.Pairs, figures.Prompts));
        Assert.Equal(3.5 / 6, figures.Accuracy!.Value, 12);
        Assert.Equal(4.5 / 6, figures.LongerWins!.Value, 12);
        Assert.Equal(2, figures.MatchedPairs);
        Assert.Equal(0.25, figures.Matched!.Value, 12);

        // Up to 2: longer 1 of 2, shorter 1 of 1, weight 2 * 2 * 1 / 3. Matched: longer 0.25 of 1.5, shorter 0.25 of 0.5, weight
        // 2 * 0.75 / 2.
        Assert.Equal(((4 / 3.0 * 0.75) + (0.75 * (((0.25 / 1.5) + 0.5) / 2))) / ((4 / 3.0) + 0.75), figures.Balanced!.Value, 12);
        Assert.Null(figures.Accuracy.Low);
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public void Balanced_accuracy_is_the_mean_of_all_comparable_twosomes(ulong seed)
    {
        // In a bin, the mean over all twosomes of a pair with a longer and a pair with a shorter chosen response; bins by their overlap.
        ScoredPair[] pairs = Random(seed, 200);
        double[] ends = [1.1, 1.25, 1.5, 2, 3, double.PositiveInfinity];
        (double weight, double sum, double low) = (0, 0, 0);
        foreach (double end in ends)
        {
            ScoredPair[] bin = [.. pairs.Where(pair => Ratio(pair) > low && Ratio(pair) <= end)];
            low = end;
            ScoredPair[] longer = [.. bin.Where(pair => pair.ChosenLength > pair.RejectedLength)];
            ScoredPair[] shorter = [.. bin.Where(pair => pair.ChosenLength < pair.RejectedLength)];
            double[] twosomes = [.. longer.SelectMany(one => shorter.Select(other => (one.Right + other.Right) / 2))];
            weight += twosomes.Length / (double)Math.Max(1, bin.Length);
            sum += twosomes.Sum() / Math.Max(1, bin.Length);
        }

        Assert.DoesNotContain(pairs, pair => pair.ChosenLength == pair.RejectedLength);
        Assert.Equal(sum / weight, PairFigures.Of(pairs).Balanced!.Value, 10);

        static double Ratio(ScoredPair pair) =>
            Math.Max(pair.ChosenLength, pair.RejectedLength) / (double)Math.Min(pair.ChosenLength, pair.RejectedLength);
    }

    [Fact]
    public void A_reward_that_is_length_is_found_out()
    {
        ScoredPair[] pairs = [.. Random(5, 600).Select(pair => pair with { Margin = pair.LogLengthRatio })];
        PairFigures figures = PairFigures.Of(pairs);
        Assert.Equal(figures.LongerWins!.Value, figures.Accuracy!.Value, 12);
        Assert.InRange(figures.Accuracy.Value, 0.7, 0.8);
        Assert.Equal(0.5, figures.Balanced!.Value, 12);
        Assert.Equal(1, figures.SpearmanLength!.Value, 12);
        Assert.Equal(-1, PairFigures.Of([.. pairs.Select(pair => pair with { Margin = -pair.Margin })]).SpearmanLength!.Value, 12);
    }

    [Theory]
    [InlineData(1), InlineData(2)]
    public void Spearman_is_that_of_counted_ranks(ulong seed)
    {
        ScoredPair[] pairs = [.. Random(seed, 120).Select(pair => pair with { Margin = Math.Round(pair.Margin, 0) })];
        double[] margins = Ranks([.. pairs.Select(pair => pair.Margin)]);
        double[] ratios = Ranks([.. pairs.Select(pair => pair.LogLengthRatio)]);
        (double first, double second) = (margins.Average(), ratios.Average());
        double expected = margins.Zip(ratios, (a, b) => (a - first) * (b - second)).Sum()
            / Math.Sqrt(margins.Sum(a => (a - first) * (a - first)) * ratios.Sum(b => (b - second) * (b - second)));
        Assert.Equal(expected, PairFigures.Of(pairs).SpearmanLength!.Value, 10);

        static double[] Ranks(double[] values) => Array.ConvertAll(
            values, value => values.Count(other => other < value) + ((values.Count(other => other == value) + 1) / 2.0));
    }

    [Theory]
    [InlineData(1), InlineData(2)]
    public void Calibration_error_is_that_of_ten_bins_with_both_orders(ulong seed)
    {
        ScoredPair[] pairs = Random(seed, 300);
        (double Predicted, double Label)[] both =
        [
            .. pairs.SelectMany(pair => new[] { (Sigmoid(pair.Margin), 1.0), (Sigmoid(-pair.Margin), 0.0) }),
        ];
        double error = both.GroupBy(one => Math.Min(9, (int)(one.Predicted * 10)))
            .Sum(bin => Math.Abs(bin.Sum(one => one.Predicted) - bin.Sum(one => one.Label)));
        Assert.Equal(error / both.Length, PairFigures.Of(pairs).CalibrationError!.Value, 10);
        Assert.Equal(0, PairFigures.Of([.. pairs.Select(pair => pair with { Margin = 0 })]).CalibrationError!.Value, 12);

        static double Sigmoid(double margin) => 1 / (1 + Math.Exp(-margin));
    }

    [Fact]
    public void There_is_no_number_where_there_is_no_pair()
    {
        Assert.Equal(new PairFigures(0, 0, null, null, null, 0, null, null, null), PairFigures.Of([]));
        PairFigures equal = PairFigures.Of([.. Enumerable.Range(0, 4).Select(i => new ScoredPair($"{i}", i, 5, 5))]);
        Assert.Null(equal.LongerWins);
        Assert.Null(equal.SpearmanLength);
        Assert.Equal(equal.Accuracy, equal.Balanced);
        PairFigures longer = PairFigures.Of([.. Enumerable.Range(0, 40).Select(i => new ScoredPair($"{i}", (i % 3) - 1, 50, 5))]);
        Assert.Equal((1.0, null, 0, null), (longer.LongerWins, longer.Balanced, longer.MatchedPairs, longer.Matched));
        Assert.NotNull(longer.Accuracy!.Low);
        Assert.Throws<ArgumentException>(() => PairFigures.Of([new ScoredPair("a", double.NaN, 1, 1)]));
        Assert.Throws<ArgumentException>(() => PairFigures.Of([new ScoredPair("a", 1, 0, 1)]));
    }

    [Fact]
    public void Characters_are_code_points() => Assert.Equal(3, ScoredPair.LengthOf("aé😀"));

    /// <summary>Lengths of every ratio, of which the longer is chosen three times in four; margins that know something.</summary>
    private static ScoredPair[] Random(ulong seed, int count) => [.. Enumerable.Range(0, count).Select(i =>
    {
        double Uniform(ulong what) => Philox.Uniform(seed, (ulong)i, what);
        int shorter = 20 + (int)(100 * Uniform(0));
        int longer = shorter + 1 + (int)(shorter * 3 * Uniform(1) * Uniform(1));
        (int chosen, int rejected) = Uniform(2) < 0.75 ? (longer, shorter) : (shorter, longer);
        return new ScoredPair($"{i / 2}", (4 * Uniform(3)) - 1.5, chosen, rejected);
    })];
}
