using System.Globalization;
using System.Text.Json.Nodes;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Server.Tests;

/// <summary>A second model guides the answers of the one that is served, as strongly as the request says.</summary>
public sealed class GuideModelTests : IAsyncLifetime, IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private RunningServer? _server;

    public async Task InitializeAsync()
    {
        string other = _folder.File("other");
        TinyCheckpoint.Write(other, TinyArchitecture.Llama, seed: 2, new TinyShape(Layers: 3));
        _server = await RunningServer.StartAsync(
            [.. TinyServer.Configuration(_folder.File("tiny")), $"--Alignment:Models:0:Guides:other={other}"]);
    }

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Its_weight_changes_the_answer_and_none_leaves_every_number_as_it_is()
    {
        JsonNode plain = await AskAsync(null);
        JsonNode weightless = await AskAsync(0);
        Assert.Equal(Choice(plain), Choice(weightless));
        string[] guided = [Choice(await AskAsync(1)), Choice(await AskAsync(-2))];
        Assert.Equal(3, guided.Append(Choice(plain)).Distinct().Count());
    }

    [Fact]
    public async Task Its_rows_are_paid_for()
    {
        (long plain, long guided) = (ForwardTokens(await AskAsync(null)), ForwardTokens(await AskAsync(1)));
        Assert.Equal(2 * plain, guided);
    }

    private static string Choice(JsonNode answer) => answer["choices"]![0]!["text"]!.ToJsonString()
        + answer["choices"]![0]!["logprobs"]!.ToJsonString();

    private static long ForwardTokens(JsonNode answer) => (long)answer["alignment"]!["report"]!["forward_tokens"]!;

    /// <summary>The prompt is shorter than a page, so that each asking pays for it.</summary>
    private Task<JsonNode> AskAsync(double? weight)
    {
        string guidance = weight is { } w
            ? string.Create(CultureInfo.InvariantCulture, $$"""{"source": "other", "weight": {{w}}}""")
            : "";
        return _server!.PostAsync(
            "/v1/completions",
            $$"""
            {"model": "tiny", "prompt": "hello", "max_tokens": 8, "temperature": 0, "logprobs": 1, "ignore_eos": true,
             "alignment": {"report": true, "guidance": [{{guidance}}]} }
            """);
    }
}
