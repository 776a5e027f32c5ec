using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Alignment.Inference;
using Alignment.Tests;

namespace Alignment.Server.Tests;

/// <summary>Many clients at once, some of which leave.</summary>
public sealed class CrowdTests
{
    private const int Clients = 32;

    [Fact]
    public async Task Thirty_two_streams_of_which_a_third_leave_midway_end_as_alone_and_leave_nothing_behind()
    {
        using TemporaryFolder folder = new();
        await using RunningServer server = await RunningServer.StartAsync(TinyServer.Configuration(folder.Path));
        string[] alone = new string[Clients];
        for (int i = 0; i < Clients; i++)
        {
            alone[i] = await ReadAsync(server, i, mostEvents: int.MaxValue);
        }

        string[] together = await Task.WhenAll(
            Enumerable.Range(0, Clients).Select(i => ReadAsync(server, i, Leaves(i) ? 5 : int.MaxValue)));
        Assert.All(Enumerable.Range(0, Clients).Where(i => !Leaves(i)), i => Assert.Equal(alone[i], together[i]));
        Assert.All(Enumerable.Range(0, Clients).Where(Leaves), i => Assert.StartsWith(together[i], alone[i], StringComparison.Ordinal));

        EngineStatistics idle = await IdleAsync(server);
        Assert.Equal(0, idle.Pages - idle.FreePages - idle.CachedPages);
        Assert.True(idle.Cancelled > 0, "nobody was cancelled");
        Assert.True(server.Log.Lines.IsEmpty, string.Join("\n", server.Log.Lines.Take(3)));
    }

    private static bool Leaves(int client) => client % 3 == 1;

    /// <summary>The text of a stream, of which only the first events are read.</summary>
    private static async Task<string> ReadAsync(RunningServer server, int client, int mostEvents)
    {
        string alignment = (client % 4) switch
        {
            0 => "{}",
            1 => """{"guidance": [{"source": "head", "weight": 1}]}""",
            2 => """{"guidance": [{"source": "arm", "weight": 1}]}""",
            _ => """{"guidance": [{"source": "prompt", "text": "You are rude.", "weight": -0.5}]}""",
        };
        string body =
            $$"""{"model": "tiny", "messages": [{"role": "user", "content": "Question {{client}}"}], "seed": {{client}}, "max_tokens": 400, "ignore_eos": true, "stream": true, "alignment": {{alignment}}}""";
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(body, new System.Net.Http.Headers.MediaTypeHeaderValue("application/json")),
        };
        using HttpResponseMessage response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var text = new StringBuilder();
        int events = 0;
        while (events < mostEvents && await reader.ReadLineAsync() is { } line && line != "data: [DONE]")
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                events++;
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"{(string?)JsonNode.Parse(line["data: ".Length..])!["choices"]![0]!["delta"]!["content"]}");
            }
        }

        return text.ToString();
    }

    /// <summary>The engine's numbers once nothing runs any more; a client's leaving reaches it a moment later.</summary>
    private static async Task<EngineStatistics> IdleAsync(RunningServer server)
    {
        for (int i = 0; i < 500; i++)
        {
            EngineStatistics statistics = server.Catalog.Models[0].Generator.Statistics;
            if (statistics is { Running: 0, Queued: 0 })
            {
                return statistics;
            }

            await Task.Delay(20);
        }

        throw new TimeoutException("requests are still running");
    }
}
