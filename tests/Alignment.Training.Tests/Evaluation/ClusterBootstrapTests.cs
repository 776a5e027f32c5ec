using Alignment.Compute.Contract.Random;
using Alignment.Training.Evaluation;

namespace Alignment.Training.Tests.Evaluation;

/// <summary>Intervals say what they claim where pairs of a prompt go together.</summary>
public sealed class ClusterBootstrapTests
{
    private const int Prompts = 60;
    private const int PairsOfPrompt = 6;

    /// <summary>
    /// A prompt is easy (0.95) or hard (0.35), so that its six pairs go together: the interval over prompts holds the truth about 95 times
    /// in 100, and that which takes the pairs for independent far less often.
    /// </summary>
    [Fact]
    public void The_interval_covers_the_truth_where_pairs_share_prompts()
    {
        const int Trials = 300;
        (int covered, int naive) = (0, 0);
        for (ulong trial = 0; trial < Trials; trial++)
        {
            Estimate accuracy = PairFigures.Of(Draw(trial)).Accuracy!;
            covered += accuracy.Low <= 0.65 && 0.65 <= accuracy.High ? 1 : 0;
            double error = 1.96 * Math.Sqrt(accuracy.Value * (1 - accuracy.Value) / (Prompts * PairsOfPrompt));
            naive += Math.Abs(accuracy.Value - 0.65) <= error ? 1 : 0;
        }

        Assert.InRange(covered / (double)Trials, 0.91, 0.98);
        Assert.InRange(naive / (double)Trials, 0.5, 0.85);
    }

    [Fact]
    public void The_same_pairs_give_the_same_interval_and_a_prompt_more_a_narrower_one()
    {
        ScoredPair[] pairs = Draw(1);
        PairFigures figures = PairFigures.Of(pairs);
        Assert.Equal(figures, PairFigures.Of(pairs));
        PairFigures apart = PairFigures.Of([.. pairs.Select((pair, i) => pair with { Prompt = $"{i}" })]);
        Assert.True(apart.Accuracy!.High - apart.Accuracy.Low < figures.Accuracy!.High - figures.Accuracy.Low);
        Assert.All(
            new[] { figures.Accuracy, figures.Balanced!, figures.Matched! },
            share => Assert.True(share.Low < share.Value && share.Value < share.High));
    }

    [Fact]
    public void Few_prompts_have_no_interval_and_unanimous_ones_are_not_certain()
    {
        Assert.Null(Right(ClusterBootstrap.FewestClusters - 1).Low);
        Estimate all = Right(30);
        Assert.Equal((1, 1), (all.Value, all.High));
        Assert.Equal(30 / (30 + (1.959964 * 1.959964)), all.Low!.Value, 9);
        Estimate none = PairFigures.Of([.. Enumerable.Range(0, 30).Select(i => new ScoredPair($"{i}", -1, 10, 20))]).Accuracy!;
        Assert.Equal(0, none.Low);
        Assert.Equal(1 - all.Low.Value, none.High!.Value, 9);

        static Estimate Right(int prompts) =>
            PairFigures.Of([.. Enumerable.Range(0, prompts).Select(i => new ScoredPair($"{i}", 1, 10, 20))]).Accuracy!;
    }

    private static ScoredPair[] Draw(ulong trial) => [.. Enumerable.Range(0, Prompts * PairsOfPrompt).Select(i =>
    {
        int prompt = i / PairsOfPrompt;
        double chance = Philox.Uniform(trial, (ulong)prompt, 1) < 0.5 ? 0.95 : 0.35;
        double margin = Philox.Uniform(trial, (ulong)i, 2) < chance ? 1 : -1;
        return new ScoredPair($"{prompt}", margin, 20 + (i % 7), 23);
    })];
}
