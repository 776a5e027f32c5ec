using System.Text.Json;
using Alignment.Decoding.Binding;
using Alignment.Decoding.Methods.BestOfN;
using Alignment.Decoding.Policy;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Tests.Binding;

/// <summary>From the request's <c>alignment</c> object to settings.</summary>
public sealed class AlignmentBinderTests
{
    private static readonly AlignmentNames s_names = new(["helpful", "harmless"], ["helpful-value", "harmless-value"]);

    [Fact]
    public void A_shadow_acts_in_a_profile_that_names_it_and_nowhere_else()
    {
        const string Named = """{"search": {"method": "best_of_n", "reward": [{"name": "new-value"}]}}""";
        AlignmentNames names = s_names with { Shadows = ["new-value"] };
        var binder = new AlignmentBinder(names, AlignmentPolicy.Open, new GenerationLimits(), StandardMethods.Catalog);
        JsonElement alignment = JsonDocument.Parse(Named).RootElement;
        ProblemCollection problems = [];
        AlignmentSettings profile = binder.BindProfile(alignment, problems);
        Assert.Empty(problems);
        Assert.Equal("new-value", Assert.IsType<BestOfNSettings>(binder.Bind(null, profile, problems).Search).Rewards.Single().Name);
        Assert.Empty(problems);
        binder.Bind(alignment, profile, problems);
        Assert.Equal("alignment.search.reward[0].name", problems.First.Path);
        Assert.StartsWith("'new-value' is a shadow here", problems.First.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_field_is_read()
    {
        AlignmentSettings settings = Bind("""
            {"guidance": [{"source": "helpful", "weight": 0.5}, {"source": "prompt", "text": "Be rude.", "weight": -1}],
             "search": {"method": "best_of_n", "n": 6, "tau": 0.25, "reward": [{"name": "helpful-value"}, {"name": "harmless-value", "weight": 2, "transform": "log_sigmoid", "reference": 1}]},
             "report": true}
            """);
        Assert.Equal([new GuidanceSource("helpful", 0.5f), new GuidanceSource("prompt", -1, "Be rude.")], settings.Guidance);
        BestOfNSettings search = Assert.IsType<BestOfNSettings>(settings.Search);
        Assert.Equal((6, 0.25), (search.Candidates, search.Tau));
        Assert.Equal(
            [("helpful-value", 1, "identity", 0), ("harmless-value", 2, "log_sigmoid", 1)],
            search.Rewards.Select(reward => (reward.Name, reward.Weight, reward.Transform.Name, reward.Transform.Reference)));
        Assert.True(settings.Report);
    }

    [Theory]
    [InlineData("""{"guidence": []}""", "alignment.guidence", "guidance")]
    [InlineData("""{"guidance": [{"source": "helpfull"}]}""", "alignment.guidance[0].source", "helpful")]
    [InlineData("""{"guidance": [{"source": "helpful", "wieght": 1}]}""", "alignment.guidance[0].wieght", "weight")]
    [InlineData("""{"guidance": [{"source": "helpful", "weight": 99}]}""", "alignment.guidance[0].weight", "8")]
    [InlineData(
        """{"guidance": [{"source": "helpful", "weight": 1}, {"source": "helpful", "weight": 1}]}""", "alignment.guidance", "2 times")]
    [InlineData("""{"guidance": [{"source": "prompt", "weight": 1}]}""", "alignment.guidance[0].text", "contrast")]
    [InlineData("""{"guidance": [{"source": "prompt", "text": ""}]}""", "alignment.guidance[0].text", "contrast")]
    [InlineData("""{"guidance": [{"source": "helpful", "text": "x"}]}""", "alignment.guidance[0].text", "unknown field")]
    [InlineData("""{"guidance": [{"source": "helpful", "weight": -8.1}]}""", "alignment.guidance[0].weight", "between -8 and 8")]
    [InlineData("""{"search": {"method": "beam"}}""", "alignment.search.method", "best_of_n")]
    [InlineData("""{"search": {"method": "best_of_n", "n": 1000, "reward": [{"name": "helpful-value"}]}}""", "alignment.search.n", "64")]
    [InlineData("""{"search": {"method": "best_of_n"}}""", "alignment.search.reward", "helpful-value")]
    [InlineData(
        """{"search": {"method": "best_of_n", "reward": [{"name": "helpful"}]}}""", "alignment.search.reward[0].name", "helpful-value")]
    [InlineData(
        """{"search": {"method": "best_of_n", "reward": [{"name": "helpful-value", "transform": "cube"}]}}""",
        "alignment.search.reward[0].transform",
        "log_sigmoid")]
    [InlineData(
        """{"search": {"method": "best_of_n", "reward": [{"name": "helpful-value"}, {"name": "helpful-value", "weight": -1}]}}""",
        "alignment.search.reward",
        "2 times")]
    [InlineData("""{"search": {"method": "best_of_n", "reward": []}}""", "alignment.search.reward", "1")]
    [InlineData(
        """{"search": {"method": "best_of_n", "reward": [{"name": "helpful-value", "wieght": 1}]}}""",
        "alignment.search.reward[0].wieght",
        "weight")]
    [InlineData("""{"search": {"method": "sample", "n": 3}}""", "alignment.search.n", "")]
    [InlineData("""{"report": "yes"}""", "alignment.report", "")]
    [InlineData("[]", "alignment", "")]
    public void A_mistake_is_named_with_what_would_be_right(string json, string path, string hint)
    {
        ProblemCollection problems = [];
        Bind(json, problems);
        Assert.Contains(problems, problem => problem.Path == path && problem.Message.Contains(hint, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"guidance": [null]}""", "alignment.guidance[0]: must be an object, not null")]
    [InlineData("""{"guidance": [[]]}""", "alignment.guidance[0]: must be an object, not an array")]
    [InlineData("""{"guidance": [{"source": "prompt", "text": 5}]}""", "alignment.guidance[0].text: must be a string, not 5")]
    [InlineData("""{"search": []}""", "alignment.search: must be an object, not an array")]
    [InlineData(
        """{"search": {"method": "best_of_n", "reward": [null]}}""", "alignment.search.reward[0]: must be an object, not null")]
    [InlineData(
        """{"search": {"method": "best_of_n", "reward": [[]]}}""", "alignment.search.reward[0]: must be an object, not an array")]
    public void Nothing_is_missing_in_a_value_of_the_wrong_kind(string json, string problem)
    {
        ProblemCollection problems = [];
        Bind(json, problems);
        Assert.Equal(problem, Assert.Single(problems).ToString());
    }

    [Fact]
    public void All_mistakes_are_reported_together()
    {
        ProblemCollection problems = [];
        Bind(
            """{"guidence": 1, "guidance": [{"source": "x", "weight": "y"}, {"z": 1}], "search": {"method": "best_of_n", "n": 0,"""
            + """ "tau": -1}, "report": 1}""",
            problems);
        Assert.Superset(
            new HashSet<string>
            {
                "alignment.guidence",
                "alignment.guidance[0].source",
                "alignment.guidance[0].weight",
                "alignment.guidance[1].source",
                "alignment.guidance[1].z",
                "alignment.search.n", "alignment.search.tau", "alignment.search.reward", "alignment.report",
            },
            problems.Select(problem => problem.Path).ToHashSet());
    }

    [Fact]
    public void A_field_of_the_request_replaces_the_profiles_field_and_leaves_the_others()
    {
        AlignmentSettings profile = Bind(
            """{"guidance": [{"source": "helpful", "weight": 1}], "search": {"method": "best_of_n", "reward": ["""
            + """{"name": "helpful-value"}]}}""");
        AlignmentSettings merged = Binder(AlignmentPolicy.Open)
            .Bind(JsonElement.Parse("""{"guidance": [], "report": true}"""), profile, []);
        Assert.Empty(merged.Guidance);
        Assert.Equal("helpful-value", Assert.Single(Assert.IsType<BestOfNSettings>(merged.Search).Rewards).Name);
        Assert.True(merged.Report);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"guidance": null, "search": null, "report": null}""")]
    public void What_a_request_does_not_say_is_the_profiles(string? json)
    {
        AlignmentSettings profile = Bind("""
            {"guidance": [{"source": "helpful"}], "search": {"method": "best_of_n", "reward": [{"name": "helpful-value"}]}, "report": true}
            """);
        ProblemCollection problems = [];
        JsonElement? request = json is null ? null : JsonElement.Parse(json);
        AlignmentSettings merged = Binder(AlignmentPolicy.Open).Bind(request, profile, problems);
        Assert.Empty(problems);
        Assert.Equal([new GuidanceSource("helpful", 1)], merged.Guidance);
        Assert.Equal("helpful-value", Assert.Single(Assert.IsType<BestOfNSettings>(merged.Search).Rewards).Name);
        Assert.True(merged.Report);
        Assert.False(Binder(AlignmentPolicy.Open).Bind(JsonElement.Parse("""{"report": false}"""), profile, problems).Report);
    }

    [Fact]
    public void Contrast_prompts_may_be_several_and_an_operator_may_close_them()
    {
        const string Two = """{"guidance": [{"source": "prompt", "text": "a"}, {"source": "prompt", "text": "b", "weight": -1}]}""";
        Assert.Equal([new GuidanceSource("prompt", 1, "a"), new GuidanceSource("prompt", -1, "b")], Bind(Two).Guidance);
        ProblemCollection problems = [];
        Bind("""{"guidance": [{"source": "prompt", "text": "a"}]}""", problems, new AlignmentPolicy { AllowContrastPrompts = false });
        Assert.Equal("alignment.guidance[0].source", problems.First.Path);
    }

    [Fact]
    public void No_more_sources_than_the_operator_allows_are_looked_at()
    {
        int most = new GenerationLimits().MaxGuides;
        string Sources(int count) => $"{{\"guidance\": [{string.Join(',', Enumerable.Repeat("""{"source": "prompt", "text": "a"}""", count))}]}}";
        Assert.Equal(most, Bind(Sources(most)).Guidance.Count);
        ProblemCollection problems = [];
        Bind(Sources(most + 1), problems);
        Assert.Equal("alignment.guidance", Assert.Single(problems).Path);
    }

    private static AlignmentSettings Bind(string json, ProblemCollection? problems = null, AlignmentPolicy? policy = null)
    {
        ProblemCollection found = problems ?? [];
        AlignmentSettings settings = Binder(policy ?? AlignmentPolicy.Open).Bind(JsonElement.Parse(json), AlignmentSettings.None, found);
        Assert.True(problems is not null || found.Count == 0, string.Join("; ", found));
        return settings;
    }

    private static AlignmentBinder Binder(AlignmentPolicy policy) => new(s_names, policy, new GenerationLimits(), StandardMethods.Catalog);
}
