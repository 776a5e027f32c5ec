using System.ClientModel;
using System.Text.Json.Nodes;
using Alignment.Decoding.Responses;
using Alignment.Server.Tests.Doubles;
using OpenAI;
using OpenAI.Chat;

namespace Alignment.Server.Tests;

/// <summary>A response that a guard has ended says so in OpenAI's word, wherever the reason is said.</summary>
public sealed class ContentFilterTests : IAsyncLifetime, IAsyncDisposable
{
    private const string Chat = "/v1/chat/completions";
    private const string Completion = "/v1/completions";
    private const string Reason = "content_filter";

    private readonly ScriptedGenerator _generator = new(
        [new TextEvent(0, "So far", []), new FinishEvent(0, FinishReason.ContentFilter), new UsageEvent(1, 2, 0, 3)]);

    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync(_generator);

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(Chat, """ "messages": [{"role": "user", "content": "x"}] """)]
    [InlineData(Completion, """ "prompt": "x" """)]
    public async Task An_answer_says_it_streamed_or_not(string path, string prompt)
    {
        JsonNode answer = await _server.PostAsync(path, $$"""{"model": "scripted", {{prompt}}}""");
        Assert.Equal(Reason, (string?)answer["choices"]![0]!["finish_reason"]);
        List<string> events = await _server.StreamAsync(path, $$"""{"model": "scripted", {{prompt}}, "stream": true}""");
        JsonNode[] choices = [.. events[..^1].Select(data => JsonNode.Parse(data)!["choices"]![0]!)];
        Assert.Equal(Reason, Assert.Single(choices, choice => choice["finish_reason"] is not null)["finish_reason"]!.ToString());
    }

    [Fact]
    public async Task OpenAIs_client_knows_it()
    {
        var options = new OpenAIClientOptions { Endpoint = new Uri($"{_server.Url}/v1") };
        ChatClient chat = new OpenAIClient(new ApiKeyCredential("none"), options).GetChatClient("scripted");
        ChatCompletion answer = await chat.CompleteChatAsync([new UserChatMessage("x")]);
        Assert.Equal(ChatFinishReason.ContentFilter, answer.FinishReason);
    }

    [Fact]
    public async Task The_documentation_lists_every_reason()
    {
        JsonNode document = await _server.GetAsync("/swagger/v1/swagger.json");
        JsonNode reasons = document["components"]!["schemas"]!["FinishReason"]!["enum"]!;
        Assert.Equal(["stop", "length", Reason], reasons.AsArray().Select(reason => (string?)reason));
    }
}
