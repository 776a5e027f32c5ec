using Alignment.Decoding.Policy;
using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Tests.Policy;

public sealed class PolicyValidatorTests
{
    private static readonly Dictionary<string, AlignmentPolicy> s_wrong = new()
    {
        ["MinimumGuidance:a"] = new() { MinimumGuidance = Weights("a", 9) },
        ["MinimumGuidance:b"] = new() { MinimumGuidance = Weights("b", 2), MaximumGuidance = Weights("b", 1) },
        ["MinimumGuidance:c"] = new() { MinimumGuidance = Weights("c", float.NaN) },
        ["MaximumGuidance:d"] = new() { MaximumGuidance = Weights("d", float.PositiveInfinity) },
        ["MinimumGuidance:prompt"] = new() { MinimumGuidance = Weights("prompt", 1) },
        ["MinimumReward:e"] = new() { MinimumReward = Weights("e", 2e6f) },
        ["MaximumReward:f"] = new() { MaximumReward = Weights("f", float.NaN) },
        ["MinimumCandidates"] = new() { MinimumCandidates = 2 },
        ["MaximumTotalGuidance"] = new() { MaximumTotalGuidance = -1 },
        ["MaximumTau"] = new() { MaximumTau = float.NaN },
        ["MaximumTemperature"] = new() { MaximumTemperature = float.PositiveInfinity },
        ["MaximumLogitBias"] = new() { MaximumLogitBias = -1 },
        ["MaximumRepetitionPenalty"] = new() { MaximumRepetitionPenalty = 0.5f },
        ["MaximumFrequencyPenalty"] = new() { MaximumFrequencyPenalty = -1 },
        ["MaximumPresencePenalty"] = new() { MaximumPresencePenalty = -1 },
    };

    public static TheoryData<string> Wrong => [.. s_wrong.Keys];

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_cannot_be_kept_is_named(string key)
        => Assert.Equal(key, Assert.Single(PolicyValidator.Validate(s_wrong[key], new GenerationLimits())).Path);

    [Fact]
    public void More_candidates_than_there_can_be_are_refused()
    {
        AlignmentPolicy policy = new() { MinimumReward = Weights("a", 1), MinimumCandidates = 65 };
        Assert.Equal("MinimumCandidates", Assert.Single(PolicyValidator.Validate(policy, new GenerationLimits())).Path);
    }

    [Fact]
    public void An_open_policy_is_right() => Assert.Empty(PolicyValidator.Validate(AlignmentPolicy.Open, new GenerationLimits()));

    private static Dictionary<string, float> Weights(string name, float weight) => new() { [name] = weight };
}
