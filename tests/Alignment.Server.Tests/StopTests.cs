using System.Net;
using System.Text.Json.Nodes;
using Alignment.Decoding;
using Alignment.Decoding.Responses;
using Alignment.Server.Tests.Doubles;
using Alignment.Tests;

namespace Alignment.Server.Tests;

/// <summary>A server that is told to stop: what runs may finish, and what cannot gets its last words.</summary>
public sealed class StopTests
{
    private const string Chat = "/v1/chat/completions";
    private const string Scripted = """{"model": "scripted", "messages": [{"role": "user", "content": "x"}], "stream": STREAM}""";
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    // Enough work for minutes: it is cut short, never done.
    private const string Endless = """
        {"model": "tiny-chat", "messages": [{"role": "user", "content": "Hello"}],
         "n": 16, "max_tokens": 400, "ignore_eos": true, "stream": STREAM}
        """;

    [Fact]
    public async Task What_is_cut_short_gets_its_last_words()
    {
        var hanging = new ScriptedGenerator([new TextEvent(0, "so far", [])], hangs: true);
        await using RunningServer server = await RunningServer.StartAsync(hanging, "--Server:ShutdownTimeout=00:00:00.2");
        Task<HttpResponseMessage> answer = server.SendAsync(Chat, Scripted.Replace("STREAM", "false", StringComparison.Ordinal));
        using StreamReader stream = await BeginAsync(server.Client, Scripted);
        await server.StopAsync();
        AssertCut(await stream.ReadToEndAsync().WaitAsync(s_minute));
        using HttpResponseMessage refused = await answer;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal("shutting_down", Code(await refused.Content.ReadAsStringAsync()));
        Assert.Empty(server.Log.Lines);
    }

    [Fact]
    public async Task A_body_that_is_still_on_its_way_is_answered_too()
    {
        await using RunningServer server = await RunningServer.StartAsync(new ScriptedGenerator([]), "--Server:ShutdownTimeout=00:00:00.2");
        using System.Net.Sockets.TcpClient client = new("127.0.0.1", new Uri(server.Url).Port);
        await client.GetStream().WriteAsync(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"u8.ToArray());
        await Task.Delay(100);
        Task stop = server.StopAsync();
        using StreamReader answer = new(client.GetStream());
        Assert.Equal("HTTP/1.1 503 Service Unavailable", await answer.ReadLineAsync());
        await stop.WaitAsync(s_minute);
    }

    [Fact]
    public async Task What_can_finish_does_and_what_comes_too_late_is_told_when_to_come_back()
    {
        await using ServerProcess server = ServerProcess.Start("--urls", "http://127.0.0.1:0", "--Server:ShutdownTimeout=00:01:00");
        using HttpClient client = new() { BaseAddress = new Uri(await server.Url) };
        string longer = Endless.Replace("16", "6", StringComparison.Ordinal).Replace("400", "900", StringComparison.Ordinal);
        using StreamReader stream = await BeginAsync(client, longer);
        server.Terminate();
        using HttpResponseMessage late = await LateAsync(client);
        Assert.Equal("shutting_down", Code(await late.Content.ReadAsStringAsync()));
        Assert.NotNull(late.Headers.RetryAfter);
        string events = await stream.ReadToEndAsync().WaitAsync(s_minute);
        Assert.DoesNotContain("\"error\"", events, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", events, StringComparison.Ordinal);
        Assert.Equal(0, await server.ExitAsync());
        Assert.Contains("Shutting down: 1 requests are left", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_the_time_is_up_a_signalled_process_says_so_and_ends_well()
    {
        await using ServerProcess server = ServerProcess.Start("--urls", "http://127.0.0.1:0", "--Server:ShutdownTimeout=00:00:01.5");
        using HttpClient client = new() { BaseAddress = new Uri(await server.Url) };
        Task<HttpResponseMessage[]> answers = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => SendAsync(client, Endless, stream: false)));
        using StreamReader stream = await BeginAsync(client, Endless);
        server.Terminate();
        AssertCut(await stream.ReadToEndAsync().WaitAsync(s_minute));
        Assert.All(await answers, answer => Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode));
        Assert.Equal(0, await server.ExitAsync());
        Assert.Contains("Shutting down: 9 requests are left", server.Output, StringComparison.Ordinal);
        Assert.Contains("Shutting down: 9 requests are cut short", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("fail", server.Output, StringComparison.Ordinal);
        Assert.Equal("", server.Error);
    }

    [Fact]
    public async Task A_second_signal_ends_it_at_once()
    {
        await using ServerProcess server = ServerProcess.Start("--urls", "http://127.0.0.1:0", "--Server:ShutdownTimeout=01:00:00");
        using HttpClient client = new() { BaseAddress = new Uri(await server.Url) };
        StreamReader[] streams = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => BeginAsync(client, Endless)));
        server.Terminate();
        using HttpResponseMessage late = await LateAsync(client);
        server.Terminate();
        foreach (StreamReader stream in streams)
        {
            AssertCut(await stream.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(20)));
            stream.Dispose();
        }

        Assert.Equal(0, await server.ExitAsync());
    }

    /// <summary>Its request waits for it, with few events, and would for ever.</summary>
    [Fact]
    public async Task Who_has_stopped_reading_does_not_hold_up_the_end()
    {
        using var folder = new TemporaryFolder();
        string[] configuration = [.. TinyServer.Configuration(folder.Path), "--Server:ShutdownTimeout=00:00:00.2"];
        await using RunningServer server = await RunningServer.StartAsync(configuration);
        IGenerator generator = server.Catalog.Models[0].Generator;
        using StalledClient client = await StalledClient.StartAsync(server.Url, generator);
        Assert.Equal(1, generator.Statistics.Running);
        await server.StopAsync().WaitAsync(s_minute);
        Assert.Equal(0, generator.Statistics.Running);
    }

    /// <summary>Begins a stream and reads its first event; on a busy machine comments may come before it.</summary>
    private static async Task<StreamReader> BeginAsync(HttpClient client, string body)
    {
        HttpResponseMessage response = await SendAsync(client, body, stream: true);
        var stream = new StreamReader(await response.Content.ReadAsStreamAsync());
        string? line;
        while ((line = await stream.ReadLineAsync()) is "" or ": keep-alive")
        {
        }

        Assert.StartsWith("data: {", line, StringComparison.Ordinal);
        return stream;
    }

    /// <summary>The first answer after the server has begun to stop.</summary>
    private static async Task<HttpResponseMessage> LateAsync(HttpClient client)
    {
        while (true)
        {
            HttpResponseMessage response = await client.GetAsync("/health").WaitAsync(s_minute);
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                return response;
            }

            response.Dispose();
        }
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, string body, bool stream)
    {
        string text = body.Replace("STREAM", stream ? "true" : "false", StringComparison.Ordinal);
        var content = new StringContent(text, new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
        var request = new HttpRequestMessage(HttpMethod.Post, Chat) { Content = content };
        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static void AssertCut(string stream)
    {
        string[] events = stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("shutting_down", Code(events[^2]["data: ".Length..]));
        Assert.Equal("data: [DONE]", events[^1]);
    }

    private static string? Code(string body) => (string?)JsonNode.Parse(body)!["error"]!["code"];
}
