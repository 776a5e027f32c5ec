using Alignment.Rewards.Transforms;

namespace Alignment.Rewards.Tests.Transforms;

public sealed class RewardTransformTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 1)]
    [InlineData(-20, 0.5)]
    public void Log_sigmoid_is_the_logarithm_of_the_sigmoid_of_the_distance_from_the_reference(double reward, double reference)
        => Assert.Equal(
            Math.Log(1 / (1 + Math.Exp(reference - reward))), RewardTransform.Create("log_sigmoid", reference).Apply(reward), 1e-12);

    [Fact]
    public void Extreme_rewards_stay_finite()
    {
        RewardTransform transform = RewardTransform.Create("log_sigmoid", 0);
        Assert.Equal(-1e6, transform.Apply(-1e6));
        Assert.Equal(0, transform.Apply(1e6));
    }

    [Fact]
    public void Identity_measures_from_the_reference() => Assert.Equal(2, RewardTransform.Create("identity", 1).Apply(3));

    [Fact]
    public void An_unknown_transform_is_refused_with_what_exists()
        => Assert.Contains(
            "log_sigmoid", Assert.Throws<ArgumentException>(() => RewardTransform.Create("cube", 0)).Message, StringComparison.Ordinal);
}
