using Alignment.Compute.Contract.NextToken;

namespace Alignment.Compute.Tests.Contract.NextToken;

public sealed class NextTokenRuleTests
{
    /// <summary>Only a rule that does is told which tokens occur.</summary>
    [Theory]
    [InlineData(1, 0, 0, false), InlineData(1.1f, 0, 0, true), InlineData(0.9f, 0, 0, true)]
    [InlineData(1, 0.1f, 0, true), InlineData(1, -0.1f, 0, true), InlineData(1, 0, 0.1f, true), InlineData(1, 0, -0.1f, true)]
    public void A_rule_penalises_with_any_of_its_penalties(float repetition, float frequency, float presence, bool expected)
    {
        var rule = new NextTokenRule { RepetitionPenalty = repetition, FrequencyPenalty = frequency, PresencePenalty = presence };
        Assert.Equal(expected, rule.Penalises);
    }
}
