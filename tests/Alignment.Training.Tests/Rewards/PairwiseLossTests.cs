using Alignment.Training.Rewards;

namespace Alignment.Training.Tests.Rewards;

public sealed class PairwiseLossTests
{
    [Theory]
    [InlineData(-30)]
    [InlineData(-1.5)]
    [InlineData(0)]
    [InlineData(0.3)]
    [InlineData(20)]
    public void The_slope_is_the_negative_derivative_of_the_loss(double margin)
    {
        const double Step = 1e-5;
        double difference = (PairwiseLoss.Loss(margin - Step) - PairwiseLoss.Loss(margin + Step)) / (2 * Step);
        Assert.Equal(difference, PairwiseLoss.Slope(margin), 1e-8);
    }

    [Fact]
    public void Extreme_margins_stay_finite()
    {
        Assert.Equal((0.0, 1e4), (PairwiseLoss.Loss(1e4), PairwiseLoss.Loss(-1e4)));
        Assert.Equal((0.0, 1.0), (PairwiseLoss.Slope(1e4), PairwiseLoss.Slope(-1e4)));
    }

    [Fact]
    public void Accuracy_is_measured_against_length()
    {
        static RewardExample Pair(int chosen, int rejected) => new(new ResponseTokens(new int[chosen + 1], 1), new ResponseTokens(new int[rejected + 1], 1), 1, "test");

        // Three pairs with a longer chosen response, all right; one with a shorter one, wrong: length alone explains everything.
        PairwiseAccuracy accuracy = PairwiseAccuracy.Of([(Pair(5, 2), 1), (Pair(6, 3), 2), (Pair(3, 1), 0.1), (Pair(2, 9), -1)]);
        Assert.Equal(new PairwiseAccuracy(4, 0.75, 0.75, 0.5), accuracy);
        Assert.Equal(0.5, PairwiseAccuracy.Of([(Pair(2, 2), 0)]).Accuracy);
    }
}
