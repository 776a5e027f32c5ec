using System.Net;
using System.Text.Json.Nodes;
using Alignment.Tests;

namespace Alignment.Server.Tests.Generation;

/// <summary>What one request may cost is what one body may cost, however many prompts it has.</summary>
public sealed class BodyCostTests
{
    private const string Path = "/v1/completions";

    [Theory]
    [InlineData(1, HttpStatusCode.OK)]
    [InlineData(2, HttpStatusCode.OK)]
    [InlineData(3, HttpStatusCode.BadRequest)]
    public async Task Prompts_share_the_forward_tokens_of_a_request(int prompts, HttpStatusCode status)
    {
        using TemporaryFolder folder = new();
        await using RunningServer server = await RunningServer.StartAsync(
            [.. TinyServer.Configuration(folder.Path), "--Alignment:Limits:MaxForwardTokens=100"]);
        string all = string.Join(", ", Enumerable.Repeat("\"abc\"", prompts));
        await AssertAsync(server, $$"""{"model": "tiny", "prompt": [{{all}}], "max_tokens": 40}""", status, "forward tokens together");
    }

    [Theory]
    [InlineData(2, HttpStatusCode.OK)]
    [InlineData(16, HttpStatusCode.BadRequest)]
    public async Task Prompts_share_the_log_probabilities_that_are_listed(int prompts, HttpStatusCode status)
    {
        using TemporaryFolder folder = new();
        await using RunningServer server = await RunningServer.StartAsync(TinyServer.Configuration(folder.Path));
        string all = string.Join(", ", Enumerable.Repeat($"\"{new string('x', 400)}\"", prompts));
        string body = $$"""{"model": "tiny", "prompt": [{{all}}], "max_tokens": 1, "prompt_logprobs": 20}""";
        await AssertAsync(server, body, status, "log-probabilities of their tokens together");
    }

    private static async Task AssertAsync(RunningServer server, string body, HttpStatusCode status, string problem)
    {
        using HttpResponseMessage answer = await server.SendAsync(Path, body);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(status == answer.StatusCode, text);
        if (status != HttpStatusCode.OK)
        {
            JsonNode error = JsonNode.Parse(text)!["error"]!;
            Assert.Contains(problem, (string?)error["message"], StringComparison.Ordinal);
            Assert.Equal("prompt", (string?)error["param"]);
        }
    }
}
