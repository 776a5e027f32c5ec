using System.Text.Json;
using Alignment.Decoding.Binding;
using Alignment.Decoding.Methods;
using Alignment.Decoding.Policy;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Decoding.Tests.Methods.Longest;

namespace Alignment.Decoding.Tests.Methods;

/// <summary>What is found by name is a value that is given: a method of this project needs no line in the other.</summary>
public sealed class MethodCatalogTests
{
    private static readonly MethodCatalog s_methods = new(
        StandardMethods.Catalog.Silent, [.. StandardMethods.Catalog.All, LongestSettings.Descriptor]);

    private const string Longest = """{"search": {"method": "longest", "n": 3}, "report": true}""";

    [Fact]
    public async Task A_method_that_is_added_is_bound_run_and_reported()
    {
        ProblemCollection problems = [];
        AlignmentSettings alignment = Bind(Longest, s_methods, problems);
        Assert.Empty(problems);
        await using var tiny = new TinyGenerator(methods: s_methods);
        List<GenerationEvent> events = await tiny.RunAsync(new GenerationRequest
        {
            Prompt = new TextPrompt("ab"),
            MaxTokens = 12,
            Sampling = new SamplingSettings { Seed = 3 },
            StopTokens = [.. Enumerable.Range(100, 40)],
            Alignment = alignment,
        });
        AlignmentReport report = Assert.Single(events.OfType<ReportEvent>()).Report;
        Assert.Equal((LongestSettings.Name, 3), (report.Method, report.Candidates.Count));
        Assert.True(report.Candidates.Select(candidate => candidate.Tokens.Count).Distinct().Count() > 1);
        CandidateReport chosen = report.Candidates.MaxBy(candidate => candidate.Tokens.Count)!;
        Assert.Equal((0, chosen.Text), (chosen.Choice, TinyGenerator.TextOf(events)));
    }

    [Fact]
    public void A_method_that_is_not_there_is_refused_with_what_is()
    {
        ProblemCollection problems = [];
        Bind(Longest, StandardMethods.Catalog, problems);
        Assert.Equal("alignment.search.method: 'longest' does not exist here; what exists: sample, best_of_n", problems.First.ToString());
    }

    [Fact]
    public void Its_options_are_held_to_their_ranges()
    {
        ProblemCollection problems = [];
        Bind("""{"search": {"method": "longest", "n": 65, "tau": 1}}""", s_methods, problems);
        Assert.Equal(["alignment.search.n", "alignment.search.tau"], problems.Select(problem => problem.Path));
    }

    [Fact]
    public void Beside_a_floor_of_a_reward_a_method_that_does_not_choose_by_rewards_is_refused()
    {
        ProblemCollection problems = [];
        var floor = new AlignmentPolicy { MinimumReward = new Dictionary<string, float> { ["value"] = 1 }, AllowReports = true };
        Bind(Longest, s_methods, problems, floor);
        const string Refused = "alignment.search.method: the operator allows only 'best_of_n' with n of at least 4";
        Assert.Equal(Refused, Assert.Single(problems).ToString());
    }

    [Fact]
    public void Two_methods_of_one_name_are_refused()
    {
        MethodDescriptor[] twice = [LongestSettings.Descriptor, LongestSettings.Descriptor];
        Assert.Throws<ArgumentException>(() => new MethodCatalog(StandardMethods.Catalog.Silent, twice));
    }

    [Fact]
    public void Every_method_answers_to_the_name_that_its_settings_have()
        => Assert.All(s_methods.All.Where(method => method.Floor is not null), m => Assert.Equal(m.Name, m.Floor!(4).Method));

    private static AlignmentSettings Bind(string json, MethodCatalog methods, ProblemCollection problems, AlignmentPolicy? policy = null)
        => new AlignmentBinder(new AlignmentNames([], ["value"]), policy ?? AlignmentPolicy.Open, new GenerationLimits(), methods)
            .Bind(JsonElement.Parse(json), AlignmentSettings.None, problems);
}
