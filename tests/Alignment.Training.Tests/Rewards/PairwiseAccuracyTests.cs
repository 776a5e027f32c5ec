using Alignment.Training.Rewards;
using Alignment.Training.Rewards.Examples;

namespace Alignment.Training.Tests.Rewards;

public sealed class PairwiseAccuracyTests
{
    [Fact]
    public void Accuracy_is_measured_against_length()
    {
        // Three pairs with a longer chosen response, all right; one with a shorter one, wrong: length alone explains everything.
        PairwiseAccuracy accuracy = PairwiseAccuracy.Of([(Pair(5, 2), 1), (Pair(6, 3), 2), (Pair(3, 1), 0.1), (Pair(2, 9), -1)]);
        Assert.Equal(new PairwiseAccuracy(4, 0.75, 0.75, 0.5), accuracy);
        Assert.Equal(0.5, PairwiseAccuracy.Of([(Pair(2, 2), 0)]).Accuracy);
    }

    [Fact]
    public void There_is_no_number_where_there_is_no_pair()
    {
        Assert.Equal(
            new PairwiseAccuracy(2, 0.5, 1, null), PairwiseAccuracy.Of([(Pair(5, 2), 1), (Pair(6, 3), -1)])); // no shorter one is preferred
        Assert.Equal(new PairwiseAccuracy(1, 1, 0, null), PairwiseAccuracy.Of([(Pair(2, 5), 1)]));
        Assert.Equal(new PairwiseAccuracy(1, 1, null, null), PairwiseAccuracy.Of([(Pair(2, 2), 1)]));
        Assert.Throws<ArgumentException>(() => PairwiseAccuracy.Of([]));
    }

    /// <summary>
    /// Against the interval's definition: its ends are the shares p whose normal test with their own variance just does not reject k of n.
    /// </summary>
    [Theory]
    [InlineData(9, 10, 0.5958, 0.9821)]
    [InlineData(0, 300, 0, 0.0126)]
    [InlineData(5, 5, 0.5655, 1)]
    [InlineData(746, 1148, 0.6218, 0.6769)]
    public void The_interval_is_Wilson_s(int right, int pairs, double low, double high)
    {
        (double Low, double High) interval = new PairwiseAccuracy(pairs, (double)right / pairs, null, null).Interval;
        Assert.Equal(low, interval.Low, 1e-4);
        Assert.Equal(high, interval.High, 1e-4);
        Assert.All(new[] { interval.Low, interval.High }.Where(end => end is > 1e-9 and < 1 - 1e-9), end =>
            Assert.Equal(1.96, Math.Abs(((double)right / pairs) - end) / Math.Sqrt(end * (1 - end) / pairs), 1e-6));
    }

    private static RewardExample Pair(int chosen, int rejected) =>
        new(new ResponseTokens(new int[chosen + 1], 1), new ResponseTokens(new int[rejected + 1], 1), 1, "test");
}
