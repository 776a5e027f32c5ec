using System.Text.Json;
using Alignment.Decoding.Binding;
using Alignment.Decoding.Methods.BestOfN;
using Alignment.Decoding.Policy;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Tests.Policy;

/// <summary>Each bound of a policy at its ends, and each key that opens what a floor closes.</summary>
public sealed class PolicyEdgeTests
{
    private const string Best = """ "search": {"method": "best_of_n", "n": 8, "reward": """;
    private static readonly AlignmentNames s_names = new(["helpful", "harmless"], ["helpful-value", "harmless-value"]);
    private static readonly AlignmentPolicy s_floor = new() { MinimumGuidance = Weight("harmless", 1) };
    private static readonly AlignmentPolicy s_reward = new() { MinimumReward = Weight("harmless-value", 1) };

    [Theory]
    [InlineData(0.3, 0.3, false)]
    [InlineData(0.2, 0.3, true)]
    [InlineData(0.5, -0.5, true)]
    [InlineData(-0.3, -0.3, false)]
    public void Contrast_prompts_of_a_sign_are_bounded_together(double first, double second, bool allowed)
    {
        var policy = new AlignmentPolicy { MinimumGuidance = Weight("prompt", -0.5f), MaximumGuidance = Weight("prompt", 0.5f) };
        string json = FormattableString.Invariant($$"""
            {"guidance": [{"source": "prompt", "text": "x", "weight": {{first}}}, {"source": "prompt", "text": "y", "weight": {{second}}}]}
            """);
        Assert.Equal(allowed, Problems(policy, json).Count == 0);
    }

    [Theory]
    [InlineData("""{"guidance": [{"source": "harmless", "weight": 3}]}""", true)]
    [InlineData("""{"guidance": [{"source": "harmless", "weight": 0.9}]}""", false)]
    [InlineData("""{"guidance": [{"source": "helpful", "weight": -3}]}""", true)]
    [InlineData("""{"guidance": [{"source": "helpful", "weight": -0.9}]}""", false)]
    [InlineData("{" + Best + """[{"name": "helpful-value"}, {"name": "harmless-value", "weight": 3}]}}""", true)]
    [InlineData("{" + Best + """[{"name": "helpful-value"}, {"name": "harmless-value", "weight": 0.9}]}}""", false)]
    public void A_profile_is_held_to_the_floors_alone(string json, bool starts)
    {
        var policy = new AlignmentPolicy
        {
            MinimumGuidance = Weight("harmless", 1),
            MaximumGuidance = new Dictionary<string, float> { ["harmless"] = 2, ["helpful"] = -1 },
            MinimumReward = Weight("harmless-value", 1),
            MaximumReward = Weight("harmless-value", 2),
        };
        ProblemCollection problems = [];
        Binder(policy).BindProfile(JsonElement.Parse(json), problems);
        Assert.Equal(starts, problems.Count == 0);
    }

    [Fact]
    public void What_a_request_says_replaces_the_profiles_search_and_a_number_above_is_called_so()
    {
        var binder = Binder(AlignmentPolicy.Open);
        AlignmentSettings profile = binder.BindProfile(JsonElement.Parse("{" + Best + """[{"name": "helpful-value"}]}}"""), []);
        AlignmentSettings asked = binder.Bind(JsonElement.Parse("""{"search": {"method": "sample"}}"""), profile, []);
        Assert.IsNotType<BestOfNSettings>(asked.Search);
        RequestProblem above =
            Problems(
                s_floor with { MaximumGuidance = Weight("harmless", 2) }, """{"guidance": [{"source": "harmless", "weight": 3}]}""").First;
        Assert.Equal("3 is above 2, the most that the operator allows", above.Message);
    }

    [Fact]
    public void A_soft_choice_beside_a_rewards_floor_and_a_report_beside_any_are_closed_until_they_are_opened()
    {
        const string Soft = "{" + Best + """[{"name": "harmless-value"}], "tau": 0.1}}""";
        const string Report = """{"report": true}""";
        Assert.Equal("alignment.search.tau", Assert.Single(Problems(s_reward, Soft)).Path);
        Assert.Empty(Problems(s_reward with { MaximumTau = 0.1f }, Soft));
        Assert.Equal("alignment.report", Assert.Single(Problems(s_reward, Report)).Path);
        Assert.Empty(Problems(s_reward with { AllowReports = true }, Report));
        Assert.Equal("alignment.report", Assert.Single(Problems(s_floor, Report)).Path);
        Assert.Empty(Problems(s_floor with { AllowReports = true }, Report));
    }

    [Theory]
    [InlineData(0.8f, 0.9f, 40, 0.05f, null)]
    [InlineData(1f, 1f, 0, 0f, null)]
    [InlineData(0.8f, 0.95f, 41, 0.04f, null)]
    [InlineData(0.79f, 0.9f, 40, 0.05f, "temperature: it must be at least 0.8")]
    [InlineData(0.8f, 0.89f, 40, 0.05f, "top_p: it must be at least 0.9")]
    [InlineData(0.8f, 0.9f, 39, 0.05f, "top_k: it must be 0 or at least 40")]
    [InlineData(0.8f, 0.9f, 40, 0.06f, "min_p: it must be at most 0.05")]
    public void Where_candidates_are_chosen_between_sampling_is_no_narrower_than_the_operators(
        float temperature, float topP, int topK, float minP, string? refusal)
    {
        SamplingSettings own = new() { Temperature = 0.8f, TopP = 0.9f, TopK = 40, MinP = 0.05f };
        SamplingSettings asked = new() { Temperature = temperature, TopP = topP, TopK = topK, MinP = minP };
        IEnumerable<string> refusals = Problems(s_reward, asked, own).Select(problem => $"{problem.Path}:{problem.Message.Split(':')[1]}");
        Assert.Equal(refusal is null ? [] : [refusal], refusals);
        Assert.Empty(Problems(s_reward with { AllowNarrowSampling = true }, asked, own));
        Assert.Empty(Problems(s_reward with { MinimumCandidates = 1 }, asked, own));
        Assert.Empty(Problems(s_floor, asked, own));
        Assert.Equal(refusal is null, Problems(new() { AllowNarrowSampling = false }, asked, own).Count == 0);
    }

    [Fact]
    public void Where_the_operator_keeps_every_token_any_top_k_is_narrower()
        => Assert.Equal("top_k", Assert.Single(Problems(s_reward, new SamplingSettings { TopK = 100_000 }, new())).Path);

    [Fact]
    public void Each_key_opens_sampling_as_far_as_it_says()
    {
        Check(s_floor with { MaximumTemperature = 1.2f }, new() { Temperature = 1.2f }, new() { Temperature = 1.21f });
        Check(s_floor with { MaximumRepetitionPenalty = 2 }, new() { RepetitionPenalty = 0.5f }, new() { RepetitionPenalty = 0.49f });
        Check(s_floor with { MaximumRepetitionPenalty = 2 }, new() { RepetitionPenalty = 2 }, new() { RepetitionPenalty = 2.01f });
        Check(s_floor with { MaximumFrequencyPenalty = 1 }, new() { FrequencyPenalty = -1 }, new() { FrequencyPenalty = 1.01f });
        Check(s_floor with { MaximumPresencePenalty = 1 }, new() { PresencePenalty = 1 }, new() { PresencePenalty = -1.01f });
        Check(s_floor with { MaximumLogitBias = 2 }, Bias(-2), Bias(2.01f));
        Check(s_floor with { AllowBans = true }, Bias(-100), Bias(-99));
        Check(s_floor with { MaximumLogitBias = 100 }, Bias(-99), Bias(-100));
        Check(s_floor with { AllowIgnoreEos = true }, new() { IgnoreEos = true }, new() { Temperature = 2 });
        Check(new() { AllowBans = false }, Bias(-99), Bias(-100));
        Check(new() { AllowIgnoreEos = false }, Bias(5), new() { IgnoreEos = true });
    }

    [Fact]
    public void Forbidden_words_and_a_least_length_are_bans()
    {
        GenerationRequest request = new() { Prompt = new TextPrompt("x") };
        foreach (GenerationRequest banning in new[] { request with { BadWords = ["no"] }, request with { MinTokens = 1 } })
        {
            Assert.Single(Problems(s_floor, banning));
            Assert.Empty(Problems(s_floor with { AllowBans = true }, banning));
            Assert.Empty(Problems(AlignmentPolicy.Open, banning));
        }
    }

    [Fact]
    public void A_range_of_one_weight_and_a_choice_of_one_candidate_are_right()
    {
        var policy = new AlignmentPolicy { MinimumGuidance = Weight("a", 1), MaximumGuidance = Weight("a", 1), MinimumCandidates = 1 };
        Assert.Empty(PolicyValidator.Validate(policy, new GenerationLimits()));
    }

    private static void Check(AlignmentPolicy policy, SamplingSettings allowed, SamplingSettings refused)
    {
        GenerationRequest request = new() { Prompt = new TextPrompt("x") };
        Assert.Empty(Problems(policy, request with { Sampling = allowed }));
        Assert.Single(Problems(policy, request with { Sampling = refused }));
    }

    private static SamplingSettings Bias(float bias) => new() { LogitBias = new Dictionary<int, float> { [7] = bias } };

    private static ProblemCollection Problems(AlignmentPolicy policy, SamplingSettings asked, SamplingSettings own)
        => Problems(policy, new GenerationRequest { Prompt = new TextPrompt("x"), Sampling = asked }, own);

    private static ProblemCollection Problems(AlignmentPolicy policy, GenerationRequest request, SamplingSettings? own = null)
    {
        ProblemCollection problems = [];
        Binder(policy).Policy.Check(request, own ?? new SamplingSettings(), problems);
        return problems;
    }

    private static ProblemCollection Problems(AlignmentPolicy policy, string json)
    {
        ProblemCollection problems = [];
        Binder(policy).Bind(JsonElement.Parse(json), AlignmentSettings.None, problems);
        return problems;
    }

    private static Dictionary<string, float> Weight(string name, float weight) => new() { [name] = weight };

    private static AlignmentBinder Binder(AlignmentPolicy policy) => new(s_names, policy, new GenerationLimits(), StandardMethods.Catalog);
}
