using Alignment.Compute.Contract.Random;
using Alignment.Training.Evaluation;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Features;
using Alignment.Training.Rewards.Heads;
using Alignment.Training.Rewards.Objectives;
using Alignment.Training.Rewards.Trainers;

namespace Alignment.Training.Tests.Rewards.Heads;

/// <summary>
/// Heads over features in which we planted what people like: each objective finds it, and those that are debiased do not find what only
/// length would tell. Feature 0 is the quality, feature 1 the log length, the others are noise.
/// </summary>
public sealed class PlantedPreferenceTests
{
    private const int Width = 8;
    private const int Count = 600;

    private static readonly RewardSettings s_settings = new() { Epochs = 30, BatchSize = 64, LearningRate = 0.02, WeightDecay = 0.01 };

    public static TheoryData<string> Objectives => ["bradley-terry", "margin", "pcrm", "noise-aware", "more"];

    [Theory]
    [MemberData(nameof(Objectives))]
    public void Every_objective_of_pairs_finds_what_is_liked(string name)
    {
        Response[] responses = Responses(seed: 1, lengthPays: 0);
        RewardExample[] pairs = Pairs(responses, seed: 2, wrong: name == "noise-aware" ? 0.2 : 0);
        IObjective<RewardExample> objective = name switch
        {
            "margin" => BradleyTerry.WithMargins(pairs),
            "pcrm" => new PriorConstraint(),
            "noise-aware" => new NoiseAware(),
            _ => new BradleyTerry(0),
        };
        float[] weight = Fit(objective, pairs, responses, balances: name == "more");
        Assert.True(weight[0] > 4 * weight[1..Width].Max(Math.Abs), $"{name}: {string.Join(", ", weight)}");
    }

    [Fact]
    public void Where_labels_are_wrong_the_noise_aware_reward_is_nearer_to_the_truth()
    {
        Response[] responses = Responses(seed: 1, lengthPays: 0);
        double truth = Fit(new BradleyTerry(0), Pairs(responses, seed: 2, wrong: 0), responses)[0];
        RewardExample[] noisy = Pairs(responses, seed: 2, wrong: 0.25); // turns some of the responses round
        double plain = Fit(new BradleyTerry(0), noisy, responses)[0];
        double aware = Fit(new NoiseAware(), [.. noisy.Select(pair => pair with { Agreement = 0.75 })], responses)[0];
        Assert.True(aware > 1.5 * plain && aware < truth, $"{truth}, plain {plain}, aware {aware}");
    }

    [Theory]
    [InlineData("plain", 0.5, 1)]
    [InlineData("balanced", -0.3, 0.3)] // inside a bin some is left
    [InlineData("penalty", -0.25, 0.25)]
    public void A_planted_length_bias_is_learned_by_the_plain_form_and_not_by_the_debiased_ones(string form, double low, double high)
    {
        Response[] responses = Responses(seed: 3, lengthPays: 1);
        RewardExample[] pairs = Pairs(responses, seed: 4, wrong: 0);
        IObjective<RewardExample> objective = form == "penalty" ? new LengthPenalty(new BradleyTerry(0), 20) : new BradleyTerry(0);
        double[]? factors = form == "balanced" ? LengthBalancedWeights.Of(pairs) : null;
        float[] weight = Fit(objective, pairs, responses, factors: factors);
        double[] margins = [.. pairs.Select((_, i) => Margin(weight, responses, i))];
        double correlation = RankCorrelation.Of(margins, [.. pairs.Select(pair => pair.Texts.LogLengthRatio)])!.Value;
        Assert.InRange(Symmetric(margins, pairs), low, high);
        Assert.True(weight[0] > 0.3, $"{form} lost the quality: {string.Join(", ", weight)} ({correlation})");
    }

    [Fact]
    public void A_margin_spreads_rewards_by_how_much_better_responses_are()
    {
        // The quality's sign decides who wins, and margins say by how much.
        Response[] responses = Responses(seed: 5, lengthPays: 0);
        RewardExample[] pairs = Pairs(responses, seed: 6, wrong: 0);
        RewardExample[] withMargins =
        [
            .. pairs.Select((pair, i) => pair with { Margin = Math.Abs(responses[2 * i].Row[0] - responses[(2 * i) + 1].Row[0]) }),
        ];
        float[] plain = Fit(new BradleyTerry(0), pairs, responses);
        float[] spread = Fit(BradleyTerry.WithMargins(withMargins), withMargins, responses);
        Assert.True(spread[0] > plain[0] * 1.1, $"{plain[0]} and {spread[0]}");
    }

    [Theory]
    [InlineData("kto"), InlineData("bco")]
    public void Thumbs_say_what_is_liked(string name)
    {
        Response[] responses = Responses(seed: 7, lengthPays: 0);
        RatedExample[] thumbs = [.. responses.Select((response, i) => Rated(Uniform(8, i) < Sigmoid(2 * response.Row[0]) ? 1 : 0))];
        IObjective<RatedExample> objective = name == "kto" ? new KahnemanTversky(thumbs) : new BinaryClassifier(thumbs);
        float[] weight = FitRated(objective, thumbs, responses);
        Assert.True(weight[0] > 4 * weight[1..Width].Max(Math.Abs), string.Join(", ", weight));
    }

    [Fact]
    public void Attributes_are_regressed_each_on_its_own_ratings()
    {
        Response[] responses = Responses(seed: 9, lengthPays: 0);
        RatedExample[] rated =
        [
            .. responses.Select((response, i) => Rated(3 + response.Row[0], i % 3 == 0 ? double.NaN : 1 - (2 * response.Row[2]))),
        ];
        AttributeRegression objective = new(["good", "brief"], rated);
        float[] weight = FitRated(objective, rated, responses, s_settings with { Epochs = 120, LearningRate = 0.05, WeightDecay = 0 });
        double[] expected = new double[(2 * Width) + 2];
        (expected[0], expected[Width + 2], expected[^2], expected[^1]) = (1, -2, 3, 1);
        Assert.All(expected.Zip(weight), pair => Assert.Equal(pair.First, pair.Second, 0.1));
    }

    [Fact]
    public void Two_users_of_opposite_taste_get_rewards_of_their_own()
    {
        Response[] responses = Responses(seed: 10, lengthPays: 0);
        RewardExample[] pairs =
        [
            .. Pairs(responses, seed: 11, wrong: 0).Select((pair, i) =>
            {
                bool likes = responses[2 * i].Row[0] > responses[(2 * i) + 1].Row[0];
                return pair with { User = likes ? "ann" : "bob" }; // bob always prefers the worse one
            }),
        ];
        IdealPoints objective = new(["ann", "bob"], prototypes: 2, seed: 1);
        using LinearHead head = FitHead(objective, pairs, responses);
        double[] own = head.ReadOwn();
        float ann = head.Mix(objective.Weights("ann", own))[0];
        float bob = head.Mix(objective.Weights("bob", own))[0];
        Assert.True(ann > 0.5 && bob < -0.5, $"{ann} and {bob}");
        Assert.Equal(1, objective.Weights("ann", own).Sum(), 1e-9);
    }

    [Fact]
    public void Sources_that_pull_together_are_not_drowned_by_the_largest()
    {
        // 500 pairs of one source show feature 0, 100 of another feature 2.
        Response[] responses = Responses(seed: 12, lengthPays: 0);
        RewardExample[] pairs = [.. Pairs(responses, seed: 13, wrong: 0).Select((pair, i) => i % 6 > 0 ? pair : ByOther(pair, i))];
        float[] plain = Fit(new BradleyTerry(0), pairs, responses);
        float[] balanced = Fit(new BradleyTerry(0), pairs, responses, balances: true);
        Assert.True(balanced[2] / balanced[0] > 1.5 * plain[2] / plain[0], $"{string.Join(", ", plain)} and {string.Join(", ", balanced)}");

        RewardExample ByOther(RewardExample pair, int i)
        {
            // Swapped features instead of swapped responses: the row's numbers stay, the source and what it likes change.
            (Response chosen, Response rejected) = (responses[2 * i], responses[(2 * i) + 1]);
            if (chosen.Row[2] < rejected.Row[2])
            {
                (responses[2 * i], responses[(2 * i) + 1]) = (rejected, chosen);
            }

            return pair with { Source = "other" };
        }
    }

    /// <summary>The correlation with length, whichever response is called chosen.</summary>
    private static double Symmetric(double[] margins, RewardExample[] pairs)
    {
        double[] ratios = [.. pairs.Select(pair => pair.Texts.LogLengthRatio)];
        return RankCorrelation.Of([.. margins, .. margins.Select(x => -x)], [.. ratios, .. ratios.Select(x => -x)])!.Value;
    }

    private static float[] Fit(
        IObjective<RewardExample> objective, RewardExample[] pairs, Response[] responses, double[]? factors = null, bool balances = false)
    {
        using LinearHead head = FitHead(objective, pairs, responses, factors, balances);
        return Weights(head);
    }

    private static LinearHead FitHead(
        IObjective<RewardExample> objective, RewardExample[] pairs, Response[] responses, double[]? factors = null, bool balances = false)
    {
        using FeatureTable features = new([.. responses.Select(response => response.Row)]);
        HeadFit<RewardExample> fit = new(objective, s_settings, balances);
        LinearHead head = fit.Create(Width);
        HeadLesson<RewardExample>[] lessons =
        [
            .. pairs.Select((pair, i) => new HeadLesson<RewardExample>(pair, factors?[i] ?? 1, [[2 * i, (2 * i) + 1]], pair.Source)),
        ];
        fit.Train(head, lessons, features, _ => { }, () => { }, CancellationToken.None);
        return head;
    }

    private static float[] FitRated(
        IObjective<RatedExample> objective, RatedExample[] rated, Response[] responses, RewardSettings? settings = null)
    {
        using FeatureTable features = new([.. responses.Select(response => response.Row)]);
        HeadFit<RatedExample> fit = new(objective, settings ?? s_settings);
        using LinearHead head = fit.Create(Width);
        HeadLesson<RatedExample>[] lessons = [.. rated.Select((row, i) => new HeadLesson<RatedExample>(row, 1, [[i]], row.Source))];
        fit.Train(head, lessons, features, _ => { }, () => { }, CancellationToken.None);
        return Weights(head);
    }

    private static float[] Weights(LinearHead head)
    {
        float[] weights = new float[head.Outputs * (Width + 1)];
        head.Parameters.Read(0, weights);
        return weights;
    }

    private static double Margin(float[] weight, Response[] responses, int pair) => weight[..Width].Select((w, i) =>
        w * (double)(responses[2 * pair].Row[i] - responses[(2 * pair) + 1].Row[i])).Sum();

    /// <summary>Two of each pair; whoever judges prefers quality and, where it pays, length.</summary>
    private static Response[] Responses(ulong seed, double lengthPays)
    {
        Response[] responses = [.. Enumerable.Range(0, 2 * Count).Select(i => new Response(seed, i))];
        for (int i = 0; i < Count; i++)
        {
            (Response one, Response other) = (responses[2 * i], responses[(2 * i) + 1]);
            double better = one.Row[0] - other.Row[0] + (lengthPays * (one.Row[1] - other.Row[1]));
            if (Uniform(seed + 100, i) > Sigmoid(2 * better))
            {
                (responses[2 * i], responses[(2 * i) + 1]) = (other, one);
            }
        }

        return responses;
    }

    /// <summary>Of each two the first is chosen, but for a share of wrong labels, where the rows are as they were.</summary>
    private static RewardExample[] Pairs(Response[] responses, ulong seed, double wrong)
    {
        RewardExample[] pairs = new RewardExample[Count];
        for (int i = 0; i < Count; i++)
        {
            if (Uniform(seed, i) < wrong)
            {
                (responses[2 * i], responses[(2 * i) + 1]) = (responses[(2 * i) + 1], responses[2 * i]);
            }

            pairs[i] = new RewardExample(
                new ResponseTokens([1, 2], 1),
                new ResponseTokens([1, 3], 1),
                1,
                "test",
                new ComparedTexts($"{i}", responses[2 * i].Length, responses[(2 * i) + 1].Length, IsBorrowed: false))
            {
                Margin = 1,
            };
        }

        return pairs;
    }

    private static RatedExample Rated(params double[] ratings) => new(new ResponseTokens([1, 2], 1), ratings, 1, "test");

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double Uniform(ulong seed, int index) => Philox.Uniform(seed, (ulong)index, 7);

    private sealed class Response
    {
        public Response(ulong seed, int index)
        {
            Row = [.. Enumerable.Range(0, Width).Select(i => (float)((2 * Philox.Uniform(seed, (ulong)index, (ulong)i)) - 1))];
            Length = (int)(100 * Math.Exp(Row[1]));
        }

        public float[] Row { get; }

        public int Length { get; }
    }
}
