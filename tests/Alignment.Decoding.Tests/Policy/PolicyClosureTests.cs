using System.Text.Json;
using Alignment.Decoding.Binding;
using Alignment.Decoding.Methods.BestOfN;
using Alignment.Decoding.Policy;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Tests.Policy;

/// <summary>What a floor closes beside it, and what a bound of zero does not.</summary>
public sealed class PolicyClosureTests
{
    private static readonly AlignmentNames s_names = new(["alpha", "harmless", "helpful"], ["alpha-value", "harmless-value"]);
    private static readonly AlignmentPolicy s_floor = new() { MinimumGuidance = Weights(("harmless", 1)) };
    private static readonly GenerationRequest s_request = new() { Prompt = new TextPrompt("x") };

    /// <summary>The weight of an only floor may grow; that of a guide whose bound is zero may not, in either direction.</summary>
    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void A_guide_with_a_bound_of_zero_beside_a_floor_has_no_weight(float weight)
    {
        AlignmentPolicy[] policies =
        [
            s_floor with { MaximumGuidance = Weights(("helpful", 0)) },
            s_floor with { MinimumGuidance = Weights(("harmless", 1), ("helpful", 0)) },
        ];
        string json = $$"""{"guidance": [{"source": "helpful", "weight": {{weight}}}]}""";
        Assert.All(policies, policy => Assert.Equal("alignment.guidance[0].source", Assert.Single(Problems(policy, json)).Path));
    }

    [Fact]
    public void A_bound_of_zero_is_no_floor_and_closes_nothing_else()
    {
        GenerationRequest hot = s_request with { Sampling = new SamplingSettings { Temperature = 2 } };
        Assert.Empty(Problems(new AlignmentPolicy { MinimumGuidance = Weights(("helpful", 0)) }, hot));
        Assert.Empty(Problems(new AlignmentPolicy { MaximumGuidance = Weights(("helpful", 0)) }, hot));
        Assert.Single(Problems(new AlignmentPolicy { MinimumGuidance = Weights(("helpful", 0.1f)) }, hot));
        Assert.Single(Problems(new AlignmentPolicy { MaximumGuidance = Weights(("helpful", -0.1f)) }, hot));
    }

    /// <summary>They say what the frozen model says, as a report does.</summary>
    [Fact]
    public void A_floor_closes_log_probabilities_of_the_prompt()
    {
        GenerationRequest echo = s_request with { Echo = true };
        Assert.Empty(Problems(s_floor, echo));
        Assert.Empty(Problems(s_floor, s_request with { TopLogProbabilities = 0 }));
        CheckClosed("prompt_logprobs", s_request with { PromptLogProbabilities = 0 });
        CheckClosed("prompt_logprobs", echo with { PromptLogProbabilities = 0, TopLogProbabilities = 2 });
        CheckClosed("logprobs", echo with { TopLogProbabilities = 0, Fields = new RequestFields { TopLogProbabilities = "logprobs" } });
    }

    [Fact]
    public void Floors_are_filled_in_by_name_and_once()
    {
        AlignmentPolicy policy = new()
        {
            MinimumGuidance = Weights(("helpful", 2), ("alpha", 1)),
            MinimumReward = Weights(("harmless-value", 1), ("alpha-value", 1)),
        };
        AlignmentSettings silent = Binder(policy).Bind(null, AlignmentSettings.None, []);
        Assert.Equal(["alpha", "helpful"], silent.Guidance.Select(source => source.Source));
        Assert.Equal(["alpha-value", "harmless-value"], Rewards(silent));
        const string Asked = """{"search": {"method": "best_of_n", "n": 4, "reward": [{"name": "harmless-value", "weight": 1}]}}""";
        AlignmentSettings asked = Binder(policy).Bind(JsonElement.Parse(Asked), AlignmentSettings.None, []);
        Assert.Equal(["harmless-value", "alpha-value"], Rewards(asked));
    }

    [Fact]
    public void What_is_allowed_is_listed_by_name()
    {
        AlignmentPolicy policy = new() { MaximumGuidance = Weights(("helpful", 2), ("alpha", 1), ("harmless", 3)) };
        RequestProblem refused = Assert.Single(Problems(policy, """{"guidance": [{"source": "prompt", "text": "x", "weight": 1}]}"""));
        Assert.EndsWith("the operator allows: alpha, harmless, helpful", refused.Message, StringComparison.Ordinal);
        AlignmentPolicy wrong = new() { MinimumGuidance = Weights(("b", 1e9f), ("a", 1e9f)) };
        string[] expected = ["MinimumGuidance:a", "MinimumGuidance:b"];
        Assert.Equal(expected, PolicyValidator.Validate(wrong, new GenerationLimits()).Select(problem => problem.Path));
    }

    [Fact]
    public void The_least_top_k_is_told_only_where_there_is_one()
    {
        AlignmentPolicy policy = new() { MinimumReward = Weights(("alpha-value", 1)) };
        GenerationRequest narrow = s_request with { Sampling = new SamplingSettings { TopK = 5 } };
        Assert.EndsWith(": it must be 0", Assert.Single(Problems(policy, narrow)).Message, StringComparison.Ordinal);
    }

    private static void CheckClosed(string path, GenerationRequest request)
    {
        Assert.Equal(path, Assert.Single(Problems(s_floor, request)).Path);
        Assert.Empty(Problems(s_floor with { AllowReports = true }, request));
        Assert.Empty(Problems(AlignmentPolicy.Open, request));
    }

    private static IEnumerable<string> Rewards(AlignmentSettings settings)
        => Assert.IsType<BestOfNSettings>(settings.Search).Rewards.Select(reward => reward.Name);

    private static ProblemCollection Problems(AlignmentPolicy policy, GenerationRequest request)
    {
        ProblemCollection problems = [];
        Binder(policy).Policy.Check(request, new SamplingSettings(), problems);
        return problems;
    }

    private static ProblemCollection Problems(AlignmentPolicy policy, string json)
    {
        ProblemCollection problems = [];
        Binder(policy).Bind(JsonElement.Parse(json), AlignmentSettings.None, problems);
        return problems;
    }

    private static Dictionary<string, float> Weights(params (string Name, float Weight)[] weights)
        => weights.ToDictionary(pair => pair.Name, pair => pair.Weight);

    private static AlignmentBinder Binder(AlignmentPolicy policy) => new(s_names, policy, new GenerationLimits(), StandardMethods.Catalog);
}
