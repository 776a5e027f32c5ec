using System.Text.Json;
using Alignment.Decoding.Binding;
using Alignment.Decoding.Methods.BestOfN;
using Alignment.Decoding.Policy;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Tests.Policy;

/// <summary>What a policy makes of each thing that a request can ask for; docs/policy.md has the promise.</summary>
public sealed class ResolvedPolicyTests
{
    private const string Contrast = """{"source": "prompt", "text": "x", "weight": """;
    private const string BestOf = """ "search": {"method": "best_of_n", "n": 8, "reward": """;
    private static readonly AlignmentNames s_names = new(["helpful", "harmless"], ["helpful-value", "harmless-value"]);
    private static readonly GenerationLimits s_limits = new();

    private static readonly AlignmentPolicy s_floor = new() { MinimumGuidance = Weights(("harmless", 1)) };
    private static readonly AlignmentPolicy s_rewardFloor = new() { MinimumReward = Weights(("harmless-value", 1)) };

    private static readonly AlignmentPolicy s_ranges = s_floor with
    {
        MinimumGuidance = Weights(("harmless", 1), ("prompt", -0.5f)),
        MaximumGuidance = Weights(("harmless", 3), ("helpful", 2)),
        MaximumTotalGuidance = 2.25f,
        MinimumReward = Weights(("harmless-value", 0.5f)),
        MaximumReward = Weights(("helpful-value", 1)),
        MinimumCandidates = 2,
        MaximumTau = 0.5f,
    };

    [Fact]
    public void A_silent_request_gets_the_floors()
    {
        AlignmentSettings settings = Bind(s_ranges, null, []);
        Assert.Equal([new GuidanceSource("harmless", 1)], settings.Guidance);
        BestOfNSettings search = Assert.IsType<BestOfNSettings>(settings.Search);
        Assert.Equal(2, search.Candidates);
        Assert.Equal([new RewardTerm("harmless-value") { Weight = 0.5 }], search.Rewards);
        Assert.Equal(4, Assert.IsType<BestOfNSettings>(Bind(s_rewardFloor, null, []).Search).Candidates);
        Assert.Null(Bind(s_floor, null, []).Search);
    }

    [Theory]
    [InlineData("""{"guidance": [{"source": "harmless", "weight": 3}, {"source": "helpful", "weight": 1.5}, """ + Contrast + "-0.5}]}")]
    [InlineData("{" + BestOf + """[{"name": "harmless-value", "weight": 0.5}], "tau": 0.5}}""")]
    [InlineData("{" + BestOf + """[{"name": "helpful-value", "transform": "log_sigmoid", "reference": 3}]}}""")]
    public void What_lies_within_the_ranges_is_accepted(string json)
    {
        ProblemCollection problems = [];
        Bind(s_ranges, json, problems);
        Assert.Empty(problems);
    }

    [Fact]
    public void What_a_search_leaves_out_is_added_to_it()
    {
        AlignmentSettings settings = Bind(
            s_ranges, "{" + BestOf + """[{"name": "helpful-value"}]}, "guidance": [{"source": "helpful"}]}""", []);
        BestOfNSettings search = Assert.IsType<BestOfNSettings>(settings.Search);
        Assert.Equal(["helpful-value", "harmless-value"], search.Rewards.Select(reward => reward.Name));
        Assert.Equal([new GuidanceSource("helpful", 1), new GuidanceSource("harmless", 1)], settings.Guidance);
    }

    [Theory]
    [InlineData("""{"guidance": [{"source": "harmless", "weight": 0.99}]}""", "alignment.guidance[0].weight")]
    [InlineData("""{"guidance": [{"source": "harmless", "weight": 3.01}]}""", "alignment.guidance[0].weight")]
    [InlineData("""{"guidance": [{"source": "helpful", "weight": -0.01}]}""", "alignment.guidance[0].weight")]
    [InlineData("""{"guidance": [{"source": "helpful", "weight": 2.01}]}""", "alignment.guidance[0].weight")]
    [InlineData("""{"guidance": [""" + Contrast + "0.01}]}", "alignment.guidance[0].weight")]
    [InlineData("""{"guidance": [""" + Contrast + "-0.3}, " + Contrast + "-0.3}]}", "alignment.guidance: contrast prompts together")]
    [InlineData(
        """{"guidance": [{"source": "helpful", "weight": 2}, """ + Contrast + "-0.5}]}",
        "alignment.guidance: the sum of the weights' magnitudes")]
    [InlineData("""{"search": {"method": "sample"}}""", "alignment.search.method")]
    [InlineData("""{"search": {"method": "best_of_n", "n": 1, "reward": [{"name": "helpful-value"}]}}""", "alignment.search.n")]
    [InlineData("{" + BestOf + """[{"name": "harmless-value", "weight": 0.4}]}}""", "alignment.search.reward[0].weight")]
    [InlineData("{" + BestOf + """[{"name": "harmless-value", "transform": "log_sigmoid"}]}}""", "alignment.search.reward[0].transform")]
    [InlineData("{" + BestOf + """[{"name": "harmless-value", "reference": 1}]}}""", "alignment.search.reward[0].transform")]
    [InlineData("{" + BestOf + """[{"name": "helpful-value", "weight": 1.01}]}}""", "alignment.search.reward[0].weight")]
    [InlineData("{" + BestOf + """[{"name": "helpful-value", "weight": -0.01}]}}""", "alignment.search.reward[0].weight")]
    [InlineData("{" + BestOf + """[{"name": "helpful-value"}], "tau": 0.51}}""", "alignment.search.tau")]
    [InlineData("""{"report": true}""", "alignment.report")]
    public void What_lies_outside_is_refused_by_name(string json, string path)
    {
        ProblemCollection problems = [];
        Bind(s_ranges, json, problems);
        Assert.Equal(path, Assert.Single(problems).Path);
        Assert.Contains("the operator", problems.First.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"guidance": [{"source": "helpful", "weight": 0}]}""", "alignment.guidance[0].source")]
    [InlineData("""{"guidance": [""" + Contrast + "1}]}", "alignment.guidance[0].source")]
    [InlineData("{" + BestOf + """[{"name": "harmless-value"}]}}""", "alignment.search.reward[0].name")]
    public void Beside_a_floor_what_the_policy_does_not_name_is_closed(string json, string path)
    {
        ProblemCollection problems = [];
        Bind(s_floor, json, problems);
        Assert.Equal(path, Assert.Single(problems).Path);
        Assert.Contains("harmless", Problems(s_floor, """{"guidance": [{"source": "helpful"}]}""").First.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_only_floor_may_be_exceeded_and_one_of_several_may_not()
    {
        const string Raised = """{"guidance": [{"source": "harmless", "weight": 8}]}""";
        Assert.Empty(Problems(s_floor, Raised));
        var two = new AlignmentPolicy { MinimumGuidance = Weights(("harmless", 1), ("helpful", 1)) };
        Assert.Equal("alignment.guidance[0].weight", Problems(two, Raised).First.Path);
        const string Negative = """{"guidance": [{"source": "helpful", "weight": -8}]}""";
        var away = new AlignmentPolicy { MaximumGuidance = Weights(("helpful", -1)) };
        Assert.Empty(Problems(away, Negative));
        Assert.Equal([new GuidanceSource("helpful", -1)], Bind(away, null, []).Guidance);
    }

    [Fact]
    public void Without_a_floor_only_what_is_named_is_bounded()
    {
        var list = new AlignmentPolicy { MaximumGuidance = Weights(("helpful", 1)), AllowContrastPrompts = false };
        Assert.Equal("alignment.guidance[0].source", Problems(list, """{"guidance": [{"source": "harmless", "weight": -1}]}""").First.Path);
        Assert.Empty(Problems(list, "{" + BestOf + """[{"name": "harmless-value", "weight": -1}], "tau": 1e6}, "report": true}"""));
        Assert.NotEmpty(Problems(new AlignmentPolicy { AllowContrastPrompts = false }, """{"guidance": [""" + Contrast + "1}]}"));
        ProblemCollection problems = [];
        var wild = new SamplingSettings
        {
            Temperature = 2,
            RepetitionPenalty = 50,
            LogitBias = new Dictionary<int,
            float>
            { [1] = -100 },
            IgnoreEos = true,
        };
        new AlignmentBinder(s_names, list, s_limits, StandardMethods.Catalog).Policy.Check(Request(wild), new(), problems);
        Assert.Empty(problems);
    }

    [Fact]
    public void A_profile_is_bound_by_floors_alone_and_what_a_request_changes_of_it_by_ceilings()
    {
        var binder = new AlignmentBinder(s_names, s_floor with { AllowReports = true }, s_limits, StandardMethods.Catalog);
        ProblemCollection problems = [];
        const string Own = """{"guidance": [{"source": "helpful", "weight": 5}], """ + BestOf
            + """[{"name": "helpful-value", "weight": 9}], "tau": 2}}""";
        AlignmentSettings profile = binder.BindProfile(JsonElement.Parse(Own), problems);
        AlignmentSettings settings = binder.Bind(JsonElement.Parse("""{"report": true}"""), profile, problems);
        Assert.Empty(problems);
        Assert.Equal([new GuidanceSource("helpful", 5), new GuidanceSource("harmless", 1)], settings.Guidance);
        Assert.Equal(2, Assert.IsType<BestOfNSettings>(settings.Search).Tau);

        binder.Bind(JsonElement.Parse("""{"guidance": [{"source": "helpful", "weight": 5}]}"""), profile, problems);
        Assert.Equal("alignment.guidance[0].source", Assert.Single(problems).Path);
        problems = [];
        binder.BindProfile(JsonElement.Parse("""{"guidance": [{"source": "harmless", "weight": 0.5}]}"""), problems);
        Assert.Equal("alignment.guidance[0].weight", Assert.Single(problems).Path);
    }

    [Theory]
    [InlineData("temperature")]
    [InlineData("repetition_penalty")]
    [InlineData("frequency_penalty")]
    [InlineData("presence_penalty")]
    [InlineData("logit_bias.3")]
    [InlineData("logit_bias.4")]
    [InlineData("ignore_eos")]
    public void Beside_a_floor_sampling_keeps_to_the_defaults_of_the_operator(string path)
    {
        SamplingSettings asked = path switch
        {
            "temperature" => new() { Temperature = 1.01f },
            "repetition_penalty" => new() { RepetitionPenalty = 0.99f },
            "frequency_penalty" => new() { FrequencyPenalty = -0.01f },
            "presence_penalty" => new() { PresencePenalty = 0.01f },
            "logit_bias.3" => new() { LogitBias = new Dictionary<int, float> { [3] = 0.01f } },
            "logit_bias.4" => new() { LogitBias = new Dictionary<int, float> { [4] = -100 } },
            _ => new() { IgnoreEos = true },
        };
        ResolvedPolicy policy = new AlignmentBinder(s_names, s_floor, s_limits, StandardMethods.Catalog).Policy;
        ProblemCollection problems = [];
        policy.Check(Request(new SamplingSettings { TopK = 1, TopP = 0.1f, MinP = 0.5f, Temperature = 0 }), new(), problems);
        policy.Check(Request(asked), own: asked, problems);
        Assert.Empty(problems);
        policy.Check(Request(asked), own: new(), problems);
        Assert.Equal(path, Assert.Single(problems).Path);
    }

    [Fact]
    public void A_decimal_is_the_same_number_in_request_and_policy()
    {
        var policy = new AlignmentPolicy
        {
            MinimumReward = Weights(("harmless-value", 0.1f)),
            MaximumTau = 0.3f,
            MaximumReward = Weights(("harmless-value", 0.1f)),
        };
        Assert.Empty(Problems(policy, "{" + BestOf + """[{"name": "harmless-value", "weight": 0.1}], "tau": 0.3}}"""));
        RequestProblem problem = Assert.Single(Problems(policy, "{" + BestOf + """[{"name": "harmless-value", "weight": 0.09}]}}"""));
        Assert.Equal("0.09 is below 0.1, the least that the operator allows", problem.Message);
    }

    [Fact]
    public void Choices_are_chosen_and_not_all_returned()
    {
        var binder = new AlignmentBinder(s_names, s_rewardFloor, s_limits, StandardMethods.Catalog);
        AlignmentSettings alignment = binder.Bind(
            JsonElement.Parse("{" + BestOf + """[{"name": "harmless-value"}]}}"""), AlignmentSettings.None, []);
        ProblemCollection problems = [];
        binder.Policy.Check(Request(new()) with { Alignment = alignment, Choices = 2 }, new(), problems);
        Assert.Empty(problems);
        binder.Policy.Check(Request(new()) with { Alignment = alignment, Choices = 3 }, new(), problems);
        Assert.Equal("n", Assert.Single(problems).Path);
    }

    private static GenerationRequest Request(SamplingSettings sampling) => new() { Prompt = new TextPrompt("x"), Sampling = sampling };

    private static ProblemCollection Problems(AlignmentPolicy policy, string json)
    {
        ProblemCollection problems = [];
        Bind(policy, json, problems);
        return problems;
    }

    private static AlignmentSettings Bind(AlignmentPolicy policy, string? json, ProblemCollection problems)
    {
        JsonElement? request = json is null ? null : JsonElement.Parse(json);
        return new AlignmentBinder(s_names, policy, s_limits, StandardMethods.Catalog).Bind(request, AlignmentSettings.None, problems);
    }

    private static Dictionary<string, float> Weights(params (string Name, float Weight)[] weights)
        => weights.ToDictionary(w => w.Name, w => w.Weight);
}
