using Alignment.Decoding;
using Alignment.Inference;
using Alignment.Tests;

namespace Alignment.Server.Tests;

/// <summary>A client that does not read its stream: the generation is ended, and what it held is free.</summary>
public sealed class SlowClientTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();
    private RunningServer? _server;

    private RunningServer Server => _server!;

    private IGenerator Generator => Server.Catalog.Models[0].Generator;

    public async Task InitializeAsync() =>
        _server = await RunningServer.StartAsync([.. TinyServer.Configuration(_folder.Path), "--Server:ReaderTimeout=00:00:01.5"]);

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Who_reads_again_later_finds_what_was_sent_and_the_reason_of_its_end()
    {
        using StalledClient client = await StalledClient.StartAsync(Server.Url, Generator);
        await UntilAsync(async () => (await MetricsAsync()).Contains("alignment_slow_readers_total 1\n", StringComparison.Ordinal));
        AssertNothingIsHeld();
        string answer = await client.ReadAsync().WaitAsync(s_patience);
        Assert.StartsWith("HTTP/1.1 200 OK", answer, StringComparison.Ordinal);
        string[] events = [.. answer.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal))];
        Assert.Contains("\"code\":\"slow_reader\"", events[^2], StringComparison.Ordinal);
        Assert.Equal("data: [DONE]", events[^1]);
        Assert.Empty(Server.Log.Lines);
        await Server.PostAsync("/v1/completions", """{"model": "tiny", "prompt": "abc", "max_tokens": 2}""");
    }

    [Fact]
    public async Task Who_never_reads_is_disconnected()
    {
        using StalledClient client = await StalledClient.StartAsync(Server.Url, Generator);
        const string Ended = "alignment_http_requests_total{endpoint=\"/v1/chat/completions\",status=\"200\"} 1\n";
        await UntilAsync(async () => (await MetricsAsync()).Contains(Ended, StringComparison.Ordinal));
        AssertNothingIsHeld();
        Assert.DoesNotContain("[DONE]", await client.ReadAsync().WaitAsync(s_patience), StringComparison.Ordinal);
        Assert.Empty(Server.Log.Lines);
    }

    private void AssertNothingIsHeld()
    {
        EngineStatistics statistics = Generator.Statistics;
        Assert.Equal((0, statistics.Pages), (statistics.Running, statistics.FreePages + statistics.CachedPages));
    }

    private Task<string> MetricsAsync() => Server.Client.GetStringAsync("/metrics");

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        long start = Environment.TickCount64;
        while (!await holds())
        {
            Assert.True(Environment.TickCount64 - start < s_patience.TotalMilliseconds, "it never came true");
            await Task.Delay(20);
        }
    }
}
