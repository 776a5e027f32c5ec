using System.Net;
using System.Text.Json.Nodes;
using Alignment.Tests;

namespace Alignment.Server.Tests;

/// <summary>A server whose cache holds 64 tokens promises 64 tokens, and keeps it.</summary>
public sealed class ContextTests : IAsyncLifetime, IAsyncDisposable
{
    private const string Completions = "/v1/completions";
    private const string Chat = "/v1/chat/completions";

    private readonly TemporaryFolder _folder = new();
    private RunningServer? _server;

    private RunningServer Server => _server!;

    public async Task InitializeAsync() =>
        _server = await RunningServer.StartAsync([.. TinyServer.Configuration(_folder.Path), "--Alignment:Engine:Pages=4"]);

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Models_and_tokens_say_the_real_limit()
    {
        JsonNode list = await Server.GetAsync("/v1/models");
        Assert.All(list["data"]!.AsArray(), model => Assert.Equal(64, (int)model!["max_model_len"]!));
        Assert.Equal(64, (int)(await Server.PostAsync("/tokenize", """{"model": "tiny", "prompt": "abc"}"""))["max_model_len"]!);
    }

    [Theory]
    [InlineData(Completions, "\"prompt\": \"LONG\"", "prompt", "context_length_exceeded")]
    [InlineData(Completions, "\"prompt\": [\"x\", \"LONG\"]", "prompt[1]", "context_length_exceeded")]
    [InlineData(Completions, "\"prompt\": \"x\", \"max_tokens\": 64", "max_tokens", "context_length_exceeded")]
    [InlineData(Chat, "\"messages\": [{\"role\": \"user\", \"content\": \"LONG\"}]", "messages", "context_length_exceeded")]
    [InlineData(Chat, "MESSAGES, \"max_completion_tokens\": 64", "max_completion_tokens", "context_length_exceeded")]
    [InlineData(
        Chat,
        "MESSAGES, \"alignment\": {\"guidance\": [{\"source\": \"prompt\", \"text\": \"LONG\"}]}",
        "alignment.guidance[0].text",
        "context_length_exceeded")]
    [InlineData(Chat, "MESSAGES, \"n\": 5", "n", null)]
    [InlineData(
        Chat,
        "MESSAGES, \"alignment\": {\"search\": {\"method\": \"best_of_n\", \"n\": 5, \"reward\": [{\"name\": \"value\"}]}}",
        "alignment.search.n",
        null)]
    [InlineData(Chat, "MESSAGES, \"max_tokens\": 40, \"alignment\": {\"guidance\": [{\"source\": \"arm\"}]}", "max_tokens", null)]
    public async Task What_does_not_fit_is_a_400_that_names_it_streamed_or_not(string path, string fields, string param, string? code)
    {
        fields = fields.Replace("LONG", new string('y', 64), StringComparison.Ordinal)
            .Replace("MESSAGES", "\"messages\": [{\"role\": \"user\", \"content\": \"x\"}]", StringComparison.Ordinal);
        foreach (string stream in new[] { "false", "true" })
        {
            using HttpResponseMessage response = await Server.SendAsync(path, $"{{\"model\": \"tiny\", \"stream\": {stream}, {fields}}}");
            string text = await response.Content.ReadAsStringAsync();
            Assert.True(response.StatusCode == HttpStatusCode.BadRequest, $"{(int)response.StatusCode}: {text}");
            JsonNode error = JsonNode.Parse(text)!["error"]!;
            Assert.Equal((param, code), ((string?)error["param"], (string?)error["code"]));
        }
    }

    [Theory]
    [InlineData(Completions, "\"prompt\": \"SIXTY\"", 4)]
    [InlineData(Completions, "\"prompt\": \"x\"", 16)]
    [InlineData(Chat, "\"messages\": [{\"role\": \"user\", \"content\": \"x\"}]", 59)]
    [InlineData(
        Chat, "\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"alignment\": {\"guidance\": [{\"source\": \"arm\"}]}", 27)]
    public async Task A_length_that_is_left_out_is_what_fits(string path, string fields, int tokens)
    {
        fields = fields.Replace("SIXTY", new string('y', 60), StringComparison.Ordinal);
        JsonNode answer = await Server.PostAsync(path, $"{{\"model\": \"tiny\", \"ignore_eos\": true, {fields}}}");
        Assert.Equal("length", (string?)answer["choices"]![0]!["finish_reason"]);
        Assert.Equal(tokens, (int)answer["usage"]!["completion_tokens"]!);
    }
}
