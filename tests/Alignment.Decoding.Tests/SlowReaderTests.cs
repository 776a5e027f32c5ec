using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Inference;

namespace Alignment.Decoding.Tests;

/// <summary>A reader that stops reading holds up nobody but itself, and makes nobody hold more than a few of its events.</summary>
public sealed class SlowReaderTests : IAsyncLifetime, IAsyncDisposable
{
    private const int Length = 480;

    /// <summary>An event for each token at most, those that wait, one that waits to be written, one that is being read.</summary>
    private const int MostAhead = EventBuffer.MostEvents + 2;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private static readonly GenerationRequest s_request = new()
    {
        Prompt = new TextPrompt("Hello there."),
        MaxTokens = Length,
        Sampling = new SamplingSettings { Seed = 3, IgnoreEos = true, LogitBias = Letters() },
    };

    private readonly TinyGenerator _tiny = new(new EngineOptions { Pages = 256 });

    public Task InitializeAsync() => Task.CompletedTask;

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    public ValueTask DisposeAsync() => _tiny.DisposeAsync();

    [Fact]
    public async Task It_is_waited_for_while_others_go_on_and_misses_nothing()
    {
        List<GenerationEvent> undisturbed = await _tiny.RunAsync(s_request);
        long before = _tiny.Engine.Statistics.ChosenTokens;
        List<GenerationEvent> slow = [];
        await using IAsyncEnumerator<GenerationEvent> reader = _tiny.Generator.GenerateAsync(s_request, CancellationToken.None)
            .GetAsyncEnumerator();
        Assert.True(await reader.MoveNextAsync());
        slow.Add(reader.Current);
        await StandStillAsync();
        Assert.InRange(_tiny.Engine.Statistics.ChosenTokens - before, MostAhead - 1, MostAhead);

        // Another request takes a pass for each of its tokens, as if it were alone.
        (long passes, long chosen) = (_tiny.Engine.Statistics.Passes, _tiny.Engine.Statistics.ChosenTokens);
        List<GenerationEvent> other = await _tiny.RunAsync(s_request with { Prompt = new TextPrompt("Another"), MaxTokens = 60 });
        Assert.Equal(60, other.OfType<UsageEvent>().Single().CompletionTokens);
        Assert.Equal((60, 60), (_tiny.Engine.Statistics.Passes - passes, _tiny.Engine.Statistics.ChosenTokens - chosen));
        while (await reader.MoveNextAsync())
        {
            slow.Add(reader.Current);
        }

        Assert.Equal(TinyGenerator.TextOf(undisturbed), TinyGenerator.TextOf(slow));
        Assert.Equal(Length, slow.OfType<UsageEvent>().Single().CompletionTokens);
    }

    [Fact]
    public async Task Its_choices_wait_together_and_each_is_told_in_order()
    {
        GenerationRequest several = s_request with { Choices = 4, MaxTokens = 200 };
        List<GenerationEvent> undisturbed = await _tiny.RunAsync(several);
        List<GenerationEvent> slow = [];
        await foreach (GenerationEvent next in _tiny.Generator.GenerateAsync(several, CancellationToken.None))
        {
            slow.Add(next);
            if (slow.Count is 1 or 400)
            {
                await StandStillAsync();
            }
        }

        Assert.All(
            Enumerable.Range(0, 4), choice => Assert.Equal(TinyGenerator.TextOf(undisturbed, choice), TinyGenerator.TextOf(slow, choice)));
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public async Task Leaving_while_it_is_waited_for_frees_everything(bool cancels)
    {
        using var client = new CancellationTokenSource();
        IAsyncEnumerator<GenerationEvent> reader = _tiny.Generator.GenerateAsync(s_request, client.Token).GetAsyncEnumerator();
        Assert.True(await reader.MoveNextAsync());
        await StandStillAsync();
        if (cancels)
        {
            await client.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                while (await reader.MoveNextAsync())
                {
                }
            });
        }

        await reader.DisposeAsync().AsTask().WaitAsync(s_patience);
        await _tiny.Engine.CheckIntegrityAsync();
        EngineStatistics statistics = _tiny.Engine.Statistics;
        Assert.Equal((0, statistics.Pages), (statistics.Running, statistics.FreePages + statistics.CachedPages));
    }

    [Fact]
    public async Task An_engine_that_stops_meanwhile_tells_it()
    {
        await using var tiny = new TinyGenerator();
        IAsyncEnumerator<GenerationEvent> reader = tiny.Generator.GenerateAsync(s_request, CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await reader.MoveNextAsync());
        await StandStillAsync(tiny);
        await tiny.StopAsync().WaitAsync(s_patience);
        await Assert.ThrowsAsync<EngineStoppedException>(async () =>
        {
            while (await reader.MoveNextAsync())
            {
            }
        });
        await reader.DisposeAsync();
    }

    /// <summary>Log-probabilities of a prompt are described piece by piece, as they are read.</summary>
    [Fact]
    public async Task A_prompts_tokens_come_in_parts()
    {
        GenerationRequest scored = s_request with
        {
            Prompt = new TextPrompt(new string('x', 400)),
            MaxTokens = 1,
            Choices = 2,
            PromptLogProbabilities = 3,
            TopLogProbabilities = 2,
            Echo = true,
        };
        List<GenerationEvent> events = await _tiny.RunAsync(scored);
        int tokens = _tiny.Generator.Encode(scored.Prompt).Count;
        for (int choice = 0; choice < 2; choice++)
        {
            PromptEvent[] parts = [.. events.OfType<PromptEvent>().Where(part => part.Index == choice)];
            Assert.True(parts.Length > 1);
            GeneratedToken[] apart = [.. parts.SelectMany(part => part.Tokens)];
            TextEvent[] echo = [.. events.OfType<TextEvent>().Where(part => part.Index == choice)];
            GeneratedToken[] echoed = [.. echo.SelectMany(part => part.Tokens).Take(tokens)];
            Assert.Equal(tokens, apart.Length);
            Assert.Equal(apart.Select(token => (token.Id, token.LogProbability)), echoed.Select(token => (token.Id, token.LogProbability)));
            Assert.All(apart.Skip(1), token => Assert.Equal(3, token.Top.Count));
            Assert.All(echoed.Skip(1), token => Assert.Equal(2, token.Top.Count));
        }
    }

    private static Dictionary<int, float> Letters() => Enumerable.Range(0, 261).Where(token => token is < 'a' or > 'z')
        .ToDictionary(token => token, _ => -100f);

    private Task StandStillAsync() => StandStillAsync(_tiny);

    /// <summary>Waits until nothing has been computed for a while.</summary>
    private static async Task StandStillAsync(TinyGenerator tiny)
    {
        (long passes, int quiet) = (-1, 0);
        for (int tries = 0; quiet < 5; tries++)
        {
            Assert.True(tries < 3_000, "the engine goes on");
            await Task.Delay(20);
            quiet = tiny.Engine.Statistics.Passes == passes ? quiet + 1 : 0;
            passes = tiny.Engine.Statistics.Passes;
        }
    }
}
