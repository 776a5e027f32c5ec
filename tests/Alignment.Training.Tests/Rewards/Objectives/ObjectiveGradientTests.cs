using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Objectives;

namespace Alignment.Training.Tests.Rewards.Objectives;

/// <summary>Every objective's gradient by every score and by its own numbers is what differences of its loss say.</summary>
public sealed class ObjectiveGradientTests
{
    private static readonly RewardExample[] s_pairs =
    [
        .. Enumerable.Range(0, 5).Select(i => Pair(10 + i, 20 - (3 * i)) with
        {
            Margin = i % 3,
            Agreement = i == 2 ? 0.6 : null,
            User = i % 2 == 0 ? "ann" : "bob",
        }),
    ];

    private static readonly RatedExample[] s_ratings =
    [
        .. Enumerable.Range(0, 6).Select(i => Rated(i % 2, 0.5 * i)), Rated(1, double.NaN),
    ];

    public static TheoryData<string> Pairs => [.. PairObjectives().Keys];

    public static TheoryData<string> Ratings => [.. RatingObjectives().Keys];

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Of_pairs(string objective) => AssertGradient(PairObjectives()[objective], s_pairs, responses: 2);

    [Theory]
    [MemberData(nameof(Ratings))]
    public void Of_ratings(string objective) => AssertGradient(RatingObjectives()[objective], s_ratings, responses: 1);

    private static Dictionary<string, IObjective<RewardExample>> PairObjectives() => new()
    {
        ["bradley-terry"] = new BradleyTerry(0),
        ["margin"] = BradleyTerry.WithMargins(s_pairs),
        ["pcrm"] = new PriorConstraint(),
        ["noise-aware"] = new NoiseAware(),
        ["length penalty"] = new LengthPenalty(new BradleyTerry(0), 0.7),
        ["pal"] = new IdealPoints(["ann", "bob"], 3, seed: 1),
    };

    private static Dictionary<string, IObjective<RatedExample>> RatingObjectives() => new()
    {
        ["kto"] = new KahnemanTversky(s_ratings),
        ["bco"] = new BinaryClassifier(s_ratings),
        ["regression"] = new AttributeRegression(["one", "two"], s_ratings),
    };

    private static RewardExample Pair(int chosen, int rejected) => new(
        new ResponseTokens([1, 2], 1),
        new ResponseTokens([1, 3], 1),
        1,
        "test",
        new ComparedTexts("p", chosen, rejected, IsBorrowed: false));

    private static RatedExample Rated(double first, double second) => new(new ResponseTokens([1, 2], 1), [first, second], 1, "test");

    private static void AssertGradient<T>(IObjective<T> objective, T[] examples, int responses)
    {
        const double Step = 1e-5;

        // The mean is below zero, where KTO's reference, which no gradient goes through, is a constant.
        int count = examples.Length * responses * objective.Outputs.Count;
        double[] scores = [.. Enumerable.Range(0, count).Select(i => Math.Sin(3 * i) - 0.4)];
        double[] weights = [.. examples.Select((_, i) => 0.1 + (0.05 * i))];
        double[] own = [.. objective.OwnStart];
        ScoredBatch<T> batch = new(examples, weights, scores, [.. own]);
        objective.Evaluate(batch);
        AssertDifferences(scores, batch.Gradients);
        if (batch.OwnGradients.Any(gradient => gradient != 0))
        {
            AssertDifferences(own, batch.OwnGradients);
        }

        void AssertDifferences(double[] values, double[] gradients)
        {
            for (int i = 0; i < values.Length; i++)
            {
                double value = values[i];
                values[i] = value + Step;
                double above = Loss();
                values[i] = value - Step;
                double below = Loss();
                values[i] = value;
                Assert.Equal((above - below) / (2 * Step), gradients[i], 1e-7);
            }
        }

        double Loss() => objective.Evaluate(new ScoredBatch<T>(examples, weights, [.. scores], [.. own]));
    }
}
