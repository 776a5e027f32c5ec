using Alignment.Decoding.Methods.BestOfN;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Rewards;
using Alignment.Tests.Models;

namespace Alignment.Decoding.Tests;

/// <summary>What a generator does where something ends early, fails, or is not a token.</summary>
public sealed class GeneratorEdgeTests : IAsyncLifetime, IAsyncDisposable
{
    private readonly TinyGenerator _tiny = new();

    public Task InitializeAsync() => Task.CompletedTask;

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    public ValueTask DisposeAsync() => _tiny.DisposeAsync();

    [Fact]
    public void Ids_that_are_no_tokens_are_refused_by_their_place()
    {
        int end = _tiny.Model.Tokenizer.VocabularySize;
        var refused = Assert.Throws<InvalidRequestException>(() => _tiny.Generator.Encode(new TokenPrompt([0, end - 1, end])));
        Assert.Equal("prompt[2]", Assert.Single(refused.Problems).Path);
        Assert.Equal([0, end - 1], _tiny.Generator.Encode(new TokenPrompt([0, end - 1])));
        refused = Assert.Throws<InvalidRequestException>(() => _tiny.Generator.Decode(['a', -1]));
        Assert.Equal("tokens[1]", Assert.Single(refused.Problems).Path);
    }

    [Fact]
    public void A_text_of_ids_shows_control_tokens()
    {
        string text = _tiny.Generator.Decode([TinyTokenizer.Begin, 'a', TinyTokenizer.End]);
        Assert.Equal(_tiny.Model.Tokenizer.Decode([TinyTokenizer.Begin, 'a', TinyTokenizer.End], skipSpecialTokens: false), text);
        Assert.True(text.Length > 1, text);
    }

    [Fact]
    public async Task A_reader_that_leaves_ends_the_program_and_waits_for_its_end()
    {
        GenerationRequest endless = new()
        {
            Prompt = new TextPrompt("Hello there."),
            MaxTokens = 400,
            Sampling = new SamplingSettings { Seed = 3, IgnoreEos = true },
        };
        await foreach (GenerationEvent next in _tiny.Generator.GenerateAsync(endless, CancellationToken.None))
        {
            Assert.IsType<TextEvent>(next);
            break;
        }

        Assert.Equal((0, 0, 1), (_tiny.Engine.Statistics.Running, _tiny.Engine.Statistics.Completed, _tiny.Engine.Statistics.Cancelled));
        Assert.InRange(_tiny.Engine.Statistics.ChosenTokens, 1, 399);
    }

    /// <summary>An answer that only stops would pass for a whole one.</summary>
    [Fact]
    public async Task A_fault_reaches_the_reader()
    {
        _tiny.Rewards.Add(new BrokenReward());
        GenerationRequest request = new()
        {
            Prompt = new TextPrompt("Hello there."),
            MaxTokens = 3,
            Alignment = new AlignmentSettings
            {
                Search = new BestOfNSettings { Candidates = 2, Rewards = [new RewardTerm(BrokenReward.RewardName)] },
            },
        };
        var fault = await Assert.ThrowsAsync<FormatException>(() => _tiny.RunAsync(request));
        Assert.Equal("no score", fault.Message);
        Assert.Equal(0, _tiny.Engine.Statistics.Running);
    }

    private sealed class BrokenReward : IReward
    {
        public const string RewardName = "broken";

        public string Name => RewardName;

        public Task<RewardScore[]> ScoreAsync(IReadOnlyList<RewardDraft> drafts) => throw new FormatException("no score");
    }
}
