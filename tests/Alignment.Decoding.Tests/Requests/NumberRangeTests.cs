using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Tests.Requests;

public sealed class NumberRangeTests
{
    [Theory]
    [InlineData(0, true), InlineData(2, true), InlineData(-0.001, false), InlineData(2.001, false), InlineData(double.NaN, false)]
    public void Both_ends_are_inside_and_NaN_is_not(double value, bool inside) =>
        Assert.Equal(inside, new NumberRange(0, 2).Contains(value));

    [Theory]
    [InlineData(0, false), InlineData(1e-9, true), InlineData(1, true)]
    public void The_lower_end_may_be_outside(double value, bool inside) =>
        Assert.Equal(inside, new NumberRange(0, 1, ExcludesMinimum: true).Contains(value));

    [Fact]
    public void A_range_says_what_it_is()
    {
        Assert.Equal("between -2 and 2.5", new NumberRange(-2, 2.5).ToString());
        Assert.Equal("above 0 and at most 1", new NumberRange(0, 1, ExcludesMinimum: true).ToString());
        Assert.Equal("at least 1", new NumberRange(1).ToString());
        Assert.Equal("above 0", new NumberRange(0, ExcludesMinimum: true).ToString());
    }
}
