using Alignment.Training.Rewards.Objectives;

namespace Alignment.Training.Tests.Rewards.Objectives;

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
}
