using Alignment.Decoding.Methods.BestOfN;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Tests.Models;

namespace Alignment.Decoding.Tests.Methods;

/// <summary>What is told of a response while it is drawn, of few tokens, so that it is known. Tokens are bytes.</summary>
public sealed class ResponseEventTests : IAsyncLifetime, IAsyncDisposable
{
    private const int Length = 12;

    private readonly TinyGenerator _tiny = new();

    public Task InitializeAsync() => Task.CompletedTask;

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    public ValueTask DisposeAsync() => _tiny.DisposeAsync();

    /// <summary>The token that completes the shortest response may not end it by a text yet.</summary>
    [Fact]
    public async Task A_stop_string_counts_from_the_token_behind_the_minimum()
    {
        GenerationRequest request = Letters();
        string whole = TinyGenerator.TextOf(await _tiny.RunAsync(request));
        Assert.Equal(Length, whole.Length);
        GenerationRequest stopping = request with { Stop = [whole[..6]] };
        Assert.Equal("", TinyGenerator.TextOf(await _tiny.RunAsync(stopping with { MinTokens = 5 })));
        Assert.Equal(whole, TinyGenerator.TextOf(await _tiny.RunAsync(stopping with { MinTokens = 6 })));
    }

    /// <summary>The last letters may begin a stop string until it is known that nothing follows.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_held_back_comes_at_the_end_with_its_tokens(bool lists)
    {
        GenerationRequest request = Letters() with { TopLogProbabilities = lists ? 0 : null };
        string whole = TinyGenerator.TextOf(await _tiny.RunAsync(request));
        List<GenerationEvent> held = await _tiny.RunAsync(request with { Stop = [whole[^3..] + "0", whole[0] + "1", "\uFFFF"] });
        TextEvent[] texts = [.. held.OfType<TextEvent>()];
        Assert.Equal(whole, TinyGenerator.TextOf(held));
        Assert.All(texts, text => Assert.True(text.Text.Length > 0 || text.Tokens.Count > 0));
        string[] told = [.. texts.Select(text => string.Concat(text.Tokens.Select(token => token.Text)))];
        Assert.Equal(lists ? whole : "", string.Concat(told));
        Assert.Equal(lists, told[0].Length > 0);
    }

    /// <summary>Halves of characters wait for the rest, and so do their tokens; none is lost at the end.</summary>
    [Fact]
    public async Task Tokens_come_with_their_text()
    {
        List<GenerationEvent> events = await _tiny.RunAsync(Only([0xC3, 0xA9, 0x80, 'a']) with { TopLogProbabilities = 1, MaxTokens = 60 });
        TextEvent[] texts = [.. events.OfType<TextEvent>()];
        Assert.All(texts[..^1], text => Assert.NotEqual("", text.Text));
        Assert.Contains(texts, text => text.Tokens.Count > 1);
        Assert.Equal(60, texts.Sum(text => text.Tokens.Count));
    }

    [Fact]
    public async Task An_end_token_that_is_part_of_the_response_is_told_though_it_has_no_text()
    {
        GenerationRequest request = Only(['a', TinyTokenizer.End]) with { TopLogProbabilities = 0, MaxTokens = 60, IncludeStop = true };
        List<GenerationEvent> events = await _tiny.RunAsync(request with { Sampling = request.Sampling with { IgnoreEos = false } });
        GeneratedToken[] tokens = [.. events.OfType<TextEvent>().SelectMany(text => text.Tokens)];
        Assert.Equal(FinishReason.Stop, Assert.Single(events.OfType<FinishEvent>()).Reason);
        Assert.Equal((TinyTokenizer.End, tokens.Length - 1), (tokens[^1].Id, tokens[^1].Offset));
        Assert.Equal(tokens.Length - 1, TinyGenerator.TextOf(events).Length);
    }

    /// <summary>A contrast prompt that says what the conversation says is the frozen model once more.</summary>
    [Fact]
    public async Task What_a_guide_added_is_its_weight_times_its_log_probability()
    {
        GenerationRequest request = Letters() with
        {
            Prompt = new ChatPrompt([new ChatTurn("system", "Be brief."), new ChatTurn("user", "Hi")]),
            Alignment = new AlignmentSettings
            {
                Guidance = [new GuidanceSource(GuidanceSource.Prompt, -0.25f, "Be brief.")],
                Report = true,
            },
        };
        List<GenerationEvent> events = await _tiny.RunAsync(request);
        IReadOnlyList<TokenReport> tokens = events.OfType<ReportEvent>().Single().Report.Candidates.Single().Tokens;
        Assert.Equal(Length, tokens.Count);
        Assert.All(tokens, token => Assert.Equal(-0.25f * token.FrozenLogProbability, token.Guides.Single(), 1e-4f));
    }

    [Fact]
    public async Task An_echo_does_not_show_control_tokens()
    {
        GenerationRequest request = new() { Prompt = new TokenPrompt([TinyTokenizer.Begin, 'a']), MaxTokens = 0, Echo = true };
        Assert.Equal("a", TinyGenerator.TextOf(await _tiny.RunAsync(request)));
    }

    /// <summary>Scores so far apart that only one candidate has any mass.</summary>
    [Fact]
    public async Task A_soft_choice_that_leaves_nothing_open_is_bounded_by_the_logarithm_of_the_candidates()
    {
        BestOfNSettings search = new() { Candidates = 5, Tau = 1e-9, Rewards = [new RewardTerm("value")] };
        List<GenerationEvent> events = await _tiny.RunAsync(
            Letters() with { Alignment = new AlignmentSettings { Search = search, Report = true } });
        Assert.Equal(Math.Log(5), events.OfType<ReportEvent>().Single().Report.SelectionKlBound!.Value, 1e-12);
    }

    private GenerationRequest Letters() => Only([.. Enumerable.Range('a', 26)]);

    private GenerationRequest Only(int[] tokens) => new()
    {
        Prompt = new TextPrompt("Hello there."),
        MaxTokens = Length,
        Sampling = new SamplingSettings
        {
            Seed = 3,
            IgnoreEos = true,
            LogitBias = Enumerable.Range(0, _tiny.Model.Tokenizer.VocabularySize).Except(tokens).ToDictionary(token => token, _ => -100f),
        },
    };
}
