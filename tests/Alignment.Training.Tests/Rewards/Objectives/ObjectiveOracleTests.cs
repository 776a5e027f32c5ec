using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Objectives;

namespace Alignment.Training.Tests.Rewards.Objectives;

/// <summary>What the papers say of their objectives, in closed form.</summary>
public sealed class ObjectiveOracleTests
{
    [Theory]
    [InlineData(30, 30, 4.980019980019980)]
    [InlineData(10, 20, 24.920159680638723)]
    [InlineData(20, 10, 24.920159680638723)]
    public void A_constrained_margin_is_best_at_half_its_bound(int chosen, int rejected, double bound)
    {
        RewardExample pair = Pair(chosen, rejected);
        Assert.Equal(bound, PriorConstraint.Bound(pair), 1e-9);
        Assert.Equal(0, Slope(new PriorConstraint(), pair, bound / 2), 1e-12);
        Assert.True(Slope(new PriorConstraint(), pair, (bound / 2) - 0.1) < 0);
        Assert.True(Slope(new PriorConstraint(), pair, (bound / 2) + 0.1) > 0);
    }

    [Fact]
    public void A_margin_moves_the_loss_by_itself_in_units_of_the_mean()
    {
        RewardExample[] pairs = [Pair(9, 9) with { Margin = 2 }, Pair(9, 9) with { Margin = 6 }, Pair(9, 9)];
        BradleyTerry objective = BradleyTerry.WithMargins(pairs);
        Assert.Equal(-PairwiseLoss.Slope(0.3 - 0.5), Slope(objective, pairs[0], 0.3), 1e-12);
        Assert.Equal(-PairwiseLoss.Slope(0.3 - 1.5), Slope(objective, pairs[1], 0.3), 1e-12);
        Assert.Equal(-PairwiseLoss.Slope(0.3), Slope(objective, pairs[2], 0.3), 1e-12);
    }

    [Fact]
    public void A_label_that_may_be_wrong_pulls_less_and_back_where_it_surely_is()
    {
        Assert.Equal(0.9, NoiseAware.Confidence(0, 0.1), 1e-12); // nothing is known but the rate
        NoiseAware objective = new();
        RewardExample sure = Pair(9, 9) with { Agreement = 1 };
        RewardExample unsure = Pair(9, 9) with { Agreement = 0.6 };
        Assert.True(Slope(objective, sure, 0) < Slope(objective, unsure, 0));

        // The least of (1 - e) sigmoid(d) + e sigmoid(-d) is e: the pull dies out, where the plain loss would pull by 1 for ever.
        Assert.Equal(0, Slope(objective, unsure, -40), 1e-9);
    }

    [Fact]
    public void The_rate_of_wrong_labels_moves_towards_what_the_scores_say()
    {
        NoiseAware objective = new();
        double[] own = [.. objective.OwnStart];
        for (int batch = 0; batch < 1000; batch++)
        {
            // One of four labels is wrong, and the scores know.
            objective.Evaluate(new ScoredBatch<RewardExample>(
                [.. Enumerable.Repeat(Pair(9, 9), 4)], [1, 1, 1, 1], [4, -4, 4, -4, 4, -4, -4, 4], own));
        }

        Assert.Equal(0.25, own[0], 0.01);
    }

    [Fact]
    public void Thumbs_pull_least_where_they_are_lost_or_won()
    {
        RatedExample[] thumbs = [Thumb(1), Thumb(0)];
        ScoredBatch<RatedExample> batch = new(thumbs, [1, 1], [-9, 1], []);
        new KahnemanTversky(thumbs).Evaluate(batch);
        Assert.Equal([-0.000123379349764, 0.196611933241482], batch.Gradients, new Near(1e-9)); // z = 0: sigmoid's slope at 9 and 1
        batch = new(thumbs, [1, 1], [3, 5], []);
        new KahnemanTversky(thumbs).Evaluate(batch);
        Assert.Equal([-0.196611933241482, 0.196611933241482], batch.Gradients, new Near(1e-9)); // z = 4
    }

    [Fact]
    public void A_classifier_of_thumbs_keeps_the_mean_reward()
    {
        RatedExample[] thumbs = [Thumb(1), Thumb(0)];
        BinaryClassifier objective = new(thumbs);
        double[] own = [.. objective.OwnStart];
        for (int batch = 0; batch < 2000; batch++)
        {
            objective.Evaluate(new ScoredBatch<RatedExample>(thumbs, [1, 1], [3, 5], own));
        }

        Assert.Equal(4, own[0], 1e-6);
    }

    [Fact]
    public void Three_thumbs_up_weigh_as_much_as_one_down()
    {
        RatedExample[] thumbs = [Thumb(1), Thumb(1), Thumb(1), Thumb(0)];
        ScoredBatch<RatedExample> batch = new(thumbs, [1, 1, 1, 1], [0, 0, 0, 0], [0]);
        new BinaryClassifier(thumbs).Evaluate(batch);
        Assert.Equal(0, batch.Gradients.Sum(), 1e-12);
    }

    [Fact]
    public void The_least_combination_of_two_gradients_is_their_middle_and_of_three_the_nearest_edge()
    {
        Assert.Equal([0.5, 0.5], MinimumNorm.Weights([[3, 0], [0, 5]]), new Near(1e-6)); // by direction, not by length
        Assert.Equal([1.0 / 3, 1.0 / 3, 1.0 / 3], MinimumNorm.Weights([[1, 0, 0], [0, 1, 0], [0, 0, 1]]), new Near(1e-6));
        double[] opposed = MinimumNorm.Weights([[1, 0], [-1, 0]]);
        Assert.Equal(0, opposed[0] - opposed[1], 1e-6);
        Assert.Equal([0.0, 0.5, 0.5], MinimumNorm.Weights([[1, 0], [0.6, 0.8], [0.6, -0.8]]), new Near(0.02));
        Assert.Equal([0.0, 1], MinimumNorm.Weights([[0, 0], [1, 1]]), new Near(1e-9));
        Assert.Equal([0.0], MinimumNorm.Weights([[0, 0]]));
    }

    [Fact]
    public void Balanced_weights_make_longer_and_shorter_chosen_weigh_the_same_in_every_bin()
    {
        RewardExample[] pairs =
        [
            .. Enumerable.Repeat(Pair(40, 25), 6), .. Enumerable.Repeat(Pair(25, 40), 2), // one bin
            .. Enumerable.Repeat(Pair(90, 10), 4), // another, with one kind
            Pair(12, 12),
        ];
        double[] factors = LengthBalancedWeights.Of(pairs);
        Assert.Equal(factors[..6].Sum(), factors[6..8].Sum(), 1e-12);
        Assert.Equal([0.5, 1.5, 0, 1], [factors[0], factors[6], factors[8], factors[12]]);
    }

    [Fact]
    public void A_length_penalty_does_not_depend_on_which_response_is_called_chosen()
    {
        LengthPenalty objective = new(new Nothing(), 1);
        double forwards = objective.Evaluate(new([Pair(5, 9), Pair(8, 3)], [1, 1], [1, 0, 0.5, 2], []));
        double turned = objective.Evaluate(new([Pair(9, 5), Pair(8, 3)], [1, 1], [0, 1, 0.5, 2], []));
        Assert.Equal(forwards, turned, 1e-12);
        Assert.InRange(forwards, 0.01, 1);
        double[] length = [Math.Log(5 / 9.0), 0, Math.Log(8 / 3.0), 0];
        Assert.Equal(1, objective.Evaluate(new([Pair(5, 9), Pair(8, 3)], [1, 1], length, [])), 1e-12);
    }

    private static double Slope(PairObjective objective, RewardExample pair, double margin)
    {
        ScoredBatch<RewardExample> batch = new([pair], [1], [margin / 2, -margin / 2], [.. objective.OwnStart]);
        objective.Evaluate(batch);
        return batch.Gradients[0];
    }

    private static RewardExample Pair(int chosen, int rejected) => new(
        new ResponseTokens([1, 2], 1),
        new ResponseTokens([1, 3], 1),
        1,
        "test",
        new ComparedTexts("p", chosen, rejected, IsBorrowed: false));

    private static RatedExample Thumb(double rating) => new(new ResponseTokens([1, 2], 1), [rating], 1, "test");

    private sealed class Nothing : IObjective<RewardExample>
    {
        public double Evaluate(ScoredBatch<RewardExample> batch) => 0;
    }

    private sealed class Near(double tolerance) : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) <= tolerance;

        public int GetHashCode(double number) => 0;
    }
}
