using Alignment.Decoding.Methods.BestOfN;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;

namespace Alignment.Decoding.Tests.Methods;

/// <summary>What is told of a request adds up.</summary>
public sealed class ReportTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly GenerationRequest s_request = new()
    {
        Prompt = new TextPrompt("A prompt of more than two pages, each of sixteen tokens."),
        MaxTokens = 9,
        Choices = 2,
        Sampling = new SamplingSettings { Seed = 3, Temperature = 0.8f, TopP = 0.9f, RepetitionPenalty = 1.2f },
        Alignment = new AlignmentSettings { Guidance = [new GuidanceSource("head", 0.7f), new GuidanceSource("arm", -1)], Report = true },
    };

    private readonly TinyGenerator _tiny = new();

    public Task InitializeAsync() => Task.CompletedTask;

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    public ValueTask DisposeAsync() => _tiny.DisposeAsync();

    [Fact]
    public async Task A_candidates_numbers_are_the_sums_of_its_tokens()
    {
        (AlignmentReport report, UsageEvent usage) = await ReportAsync(s_request);
        Assert.Equal([0, 1], report.Candidates.Select(candidate => candidate.Candidate));
        Assert.Equal([0, 1], report.Candidates.Select(candidate => candidate.Choice));
        Assert.Equal(usage.CompletionTokens, report.Candidates.Sum(candidate => candidate.Tokens.Count));
        Assert.All(report.Candidates, candidate =>
        {
            IReadOnlyList<TokenReport> tokens = candidate.Tokens;
            Assert.Equal(tokens.Sum(token => token.LogProbability), candidate.LogProbability, 1e-4);
            Assert.Equal(tokens.Sum(token => token.SampledLogProbability - token.FrozenLogProbability), candidate.EstimatedKl, 1e-4);
            Assert.Equal(tokens.Sum(token => token.Divergence), candidate.StepKl, 1e-9);
            Assert.True(candidate.StepKl > 0.01 && Math.Abs(candidate.EstimatedKl) > 0.01, $"{candidate.StepKl}, {candidate.EstimatedKl}");
            Assert.All(tokens, token => Assert.True(token.Guides is [< 0, > 0], string.Join(", ", token.Guides)));
        });
    }

    [Fact]
    public async Task What_was_in_use_is_named()
    {
        (AlignmentReport report, UsageEvent usage) = await ReportAsync(s_request);
        Assert.Equal([new GuideReport("head", 0.7f), new GuideReport("arm", -1)], report.Guidance);
        Assert.Equal(usage.ForwardTokens, report.ForwardTokens);
        var search = new BestOfNSettings { Candidates = 3, Rewards = [new RewardTerm("value")] };
        GenerationRequest searching = s_request with { Alignment = s_request.Alignment with { Search = search } };
        (AlignmentReport searched, UsageEvent cost) = await ReportAsync(searching);
        Assert.Equal("best_of_n", searched.Method);
        Assert.NotEqual("best_of_n", report.Method);
        Assert.Equal(cost.CompletionTokens, searched.Candidates.Sum(candidate => candidate.Tokens.Count));
        Assert.Equal(2, searched.Candidates.Count(candidate => candidate.Choice is not null));
        Assert.All(searched.Candidates, candidate => Assert.Equal(candidate.Rewards["value"], candidate.Score));
    }

    /// <summary>Its pages are there on both paths; they are counted once.</summary>
    [Fact]
    public async Task No_more_of_a_prompt_is_cached_than_it_has()
    {
        GenerationRequest request = s_request with { Choices = 1 };
        (_, UsageEvent first) = await ReportAsync(request);
        (_, UsageEvent second) = await ReportAsync(request);
        int length = _tiny.Generator.Encode(request.Prompt).Count;
        Assert.Equal((length, length), (first.PromptTokens, second.PromptTokens));
        Assert.Equal(0, first.CachedTokens);
        Assert.InRange(second.CachedTokens, 48, length);
        Assert.True(second.ForwardTokens < first.ForwardTokens);
    }

    [Theory]
    [InlineData(-100f, 2)]
    [InlineData(-99.5f, 5)]
    public async Task The_least_bias_is_a_ban_and_a_little_more_is_not(float bias, int listed)
    {
        Dictionary<int, float> biases = Enumerable.Range(0, _tiny.Model.Tokenizer.VocabularySize).Where(token => token is not ('a' or 'b'))
            .ToDictionary(token => token, _ => bias);
        GenerationRequest request = s_request with
        {
            Sampling = new SamplingSettings { LogitBias = biases },
            Alignment = AlignmentSettings.None,
            TopLogProbabilities = 5,
        };
        List<GenerationEvent> events = await _tiny.RunAsync(request);
        Assert.Empty(events.OfType<ReportEvent>());
        Assert.All(events.OfType<TextEvent>().SelectMany(text => text.Tokens), token => Assert.Equal(listed, token.Top.Count));
    }

    private async Task<(AlignmentReport Report, UsageEvent Usage)> ReportAsync(GenerationRequest request)
    {
        List<GenerationEvent> events = await _tiny.RunAsync(request);
        return (events.OfType<ReportEvent>().Single().Report, Assert.IsType<UsageEvent>(events[^1]));
    }
}
