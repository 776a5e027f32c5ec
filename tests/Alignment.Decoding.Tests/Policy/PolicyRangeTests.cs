using Alignment.Decoding.Policy;
using Alignment.Decoding.Problems;

namespace Alignment.Decoding.Tests.Policy;

public sealed class PolicyRangeTests
{
    /// <summary>The range that a value has in every request refuses it; an operator who said nothing is not named for it.</summary>
    [Fact]
    public void What_is_not_a_number_is_no_operators_doing()
    {
        ProblemCollection problems = [];
        PolicyRange.Any.Check("temperature", double.NaN, problems);
        PolicyRange.Within(1).Check("temperature", double.NaN, problems);
        Assert.Empty(problems);
        Assert.False(PolicyRange.Any.Contains(float.NaN));
    }

    [Fact]
    public void Infinity_is_above_every_ceiling()
    {
        ProblemCollection problems = [];
        PolicyRange.Within(1).Check("temperature", double.PositiveInfinity, problems);
        Assert.Contains("above 1, the most", problems.ToString(), StringComparison.Ordinal);
    }
}
