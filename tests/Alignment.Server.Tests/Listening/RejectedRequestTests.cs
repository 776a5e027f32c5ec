using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Alignment.Tests;

namespace Alignment.Server.Tests.Listening;

/// <summary>
/// What is no request at all is answered by Kestrel before any middleware, and still in OpenAI's shape with an id. Where that cannot be: a
/// client that never sends a byte or is beyond the most connections is cut off; one that speaks HTTP/2 gets that protocol's refusal; over
/// TLS, which needs an operator's certificate, the answer has Kestrel's status and no body.
/// </summary>
public sealed class RejectedRequestTests(TinyServer tiny) : IClassFixture<TinyServer>
{
    private readonly RunningServer _server = tiny.Server;

    [Theory]
    [InlineData("GARBAGE\r\n\r\n", 400)]
    [InlineData("GET /health HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400)]
    [InlineData("GET /health HTTP/1.1\r\nHost: \u00ff\r\n\r\n", 400)]
    [InlineData("GET /health HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", 400)]
    [InlineData("GET /health HTTP/1.1\r\nHost: x\r\nAuthorization: \u00ed\u00a0\u00bd\r\n\r\n", 400)]
    [InlineData("GET /v1/models/\u00ff HTTP/1.1\r\nHost: x\r\n\r\n", 400)]
    [InlineData("GET /v1/models/%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400)]
    [InlineData("POST /tokenize HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400)]
    [InlineData("POST /tokenize HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400)]
    [InlineData("GET /health HTTP/3.7\r\nHost: x\r\n\r\n", 505)]
    public async Task What_is_no_request_is_refused_in_OpenAIs_shape(string request, int status)
        => Check(await RawAnswer.ToAsync(_server.Url, Encoding.Latin1.GetBytes(request)), status);

    [Fact]
    public async Task Too_much_before_the_body_is_refused_in_OpenAIs_shape()
    {
        string many = string.Concat(Enumerable.Repeat("A: b\r\n", 200));
        Check(await SendAsync($"GET /{new string('a', 20_000)} HTTP/1.1\r\nHost: x\r\n\r\n"), 414);
        Check(await SendAsync($"GET /health HTTP/1.1\r\nHost: x\r\nA: {new string('a', 40_000)}\r\n\r\n"), 431);
        Check(await SendAsync($"GET /health HTTP/1.1\r\nHost: x\r\n{many}\r\n"), 431);
    }

    [Fact]
    public async Task Headers_that_do_not_come_are_a_408()
    {
        using TemporaryFolder folder = new();
        await using RunningServer hasty = await RunningServer.StartAsync(
            [.. TinyServer.Configuration(folder.Path), "--Server:HeadersTimeout=00:00:01"]);
        Check(await RawAnswer.ToAsync(hasty.Url, "GET /health HTTP/1.1\r\nHost: x\r\n"u8.ToArray()), 408);
    }

    [Fact]
    public async Task A_refusal_behind_an_answer_on_the_same_connection_is_whole()
    {
        RawAnswer both = await SendAsync("GET /health HTTP/1.1\r\nHost: x\r\n\r\nGARBAGE\r\n\r\n");
        Assert.Equal(HttpStatusCode.OK, both.Status);
        int second = Encoding.Latin1.GetString(both.Bytes).LastIndexOf("HTTP/1.1 400", StringComparison.Ordinal);
        Check(new RawAnswer(both.Bytes[second..]), 400);
    }

    [Fact]
    public async Task Refusals_are_counted()
    {
        await SendAsync("GARBAGE\r\n\r\n");
        Assert.Contains("endpoint=\"rejected\",status=\"400\"", await _server.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_body_is_in_OpenAIs_shape_too()
    {
        const string Head = "POST /tokenize HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n";
        Check(await SendAsync(Head + "Content-Length: 50000000\r\n\r\n{}"), 413);
        Check(await SendAsync(Head + "Content-Length: 2097153\r\n\r\n{}"), 413);
        Check(await SendAsync(Head + $"Transfer-Encoding: chunked\r\n\r\n200001\r\n{new string(' ', 0x200001)}\r\n0\r\n\r\n"), 413);
        Check(await SendAsync(Head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"), 400);
        Check(await SendAsync(Head + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
        Check(await SendAsync(Head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), 400);
    }

    /// <summary>In our words, not those of the host, which name its settings.</summary>
    [Theory]
    [InlineData("zz\r\n", "The body ends too early, or a chunk of it is not well-formed HTTP/1.1.")]
    [InlineData("2\r\n{", "The body did not arrive in time.")]
    public async Task A_body_that_does_not_arrive_is_told_so(string chunks, string message)
    {
        const string Head = "POST /tokenize HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n";
        RawAnswer answer = await SendAsync($"{Head}Transfer-Encoding: chunked\r\n\r\n{chunks}");
        Assert.Equal(message, (string?)JsonNode.Parse(answer.Body)!["error"]!["message"]);
    }

    private Task<RawAnswer> SendAsync(string request) => RawAnswer.ToAsync(_server.Url, Encoding.Latin1.GetBytes(request));

    private static void Check(RawAnswer answer, int status)
    {
        Assert.Equal(status, (int)answer.Status);
        Assert.StartsWith("req_", answer.Header("x-request-id"), StringComparison.Ordinal);
        Assert.Equal("application/json", answer.Header("Content-Type"));
        Assert.Equal(answer.Body.Length.ToString(CultureInfo.InvariantCulture), answer.Header("Content-Length"));
        JsonObject error = status == 505 ? JsonNode.Parse(answer.Body)!["error"]!.AsObject() : ErrorShape.Of(answer.Body, answer.Status);
        Assert.NotEmpty((string)error["message"]!);
    }
}
