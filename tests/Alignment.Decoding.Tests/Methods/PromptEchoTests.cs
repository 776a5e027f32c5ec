using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;

namespace Alignment.Decoding.Tests.Methods;

/// <summary>What is told of a prompt. The miniature tokenizer's tokens are bytes.</summary>
public sealed class PromptEchoTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly GenerationRequest s_request = new() { Prompt = new TextPrompt("né"), Choices = 2, MaxTokens = 0, Echo = true };

    private readonly TinyGenerator _tiny = new();

    public Task InitializeAsync() => Task.CompletedTask;

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    public ValueTask DisposeAsync() => _tiny.DisposeAsync();

    [Fact]
    public async Task An_echo_alone_is_the_prompt_and_an_end_for_each_choice()
    {
        List<GenerationEvent> events = await _tiny.RunAsync(s_request);
        Assert.Equal([(0, "né"), (1, "né")], events.OfType<TextEvent>().Select(text => (text.Index, text.Text)));
        Assert.All(events.OfType<TextEvent>(), text => Assert.Empty(text.Tokens));
        Assert.Equal([new FinishEvent(0, FinishReason.Length), new FinishEvent(1, FinishReason.Length)], events.OfType<FinishEvent>());
        Assert.Equal(new UsageEvent(3, 0, 0, 0), events[^1]);
    }

    [Fact]
    public async Task Tokens_of_an_echo_begin_where_their_text_does()
    {
        List<GenerationEvent> events = await _tiny.RunAsync(s_request with { TopLogProbabilities = 2, PromptLogProbabilities = 0 });
        Assert.All(events.OfType<TextEvent>(), text =>
        {
            Assert.Equal([0, 1, 1], text.Tokens.Select(token => token.Offset));
            Assert.Equal([0, 2, 2], text.Tokens.Select(token => token.Top.Count));
            Assert.Equal([false, true, true], text.Tokens.Select(token => token.LogProbability < 0));
        });
        Assert.Equal([0, 1], events.OfType<PromptEvent>().Select(prompt => prompt.Index));
        Assert.All(events.OfType<PromptEvent>().SelectMany(prompt => prompt.Tokens), token => Assert.Empty(token.Top));
    }

    [Fact]
    public async Task A_prompt_of_one_token_has_nothing_to_score()
    {
        GenerationRequest request = s_request with { Prompt = new TextPrompt("n"), Choices = 1, PromptLogProbabilities = 3 };
        List<GenerationEvent> events = await _tiny.RunAsync(request);
        GeneratedToken token = Assert.Single(events.OfType<PromptEvent>().Single().Tokens);
        Assert.Equal(('n', null, 0), (token.Id, token.LogProbability, token.Top.Count));
        Assert.Equal(0, events.OfType<UsageEvent>().Single().ForwardTokens);
    }
}
