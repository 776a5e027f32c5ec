using System.Net;

namespace Alignment.Server.Tests.Listening;

/// <summary>HEAD, OPTIONS and methods that a path does not have; ids that clients bring along.</summary>
public sealed class MethodTests(TinyServer tiny) : IClassFixture<TinyServer>
{
    private readonly RunningServer _server = tiny.Server;

    [Theory]
    [InlineData("/health")]
    [InlineData("/metrics")]
    [InlineData("/v1/models")]
    [InlineData("/v1/models/tiny")]
    public async Task What_can_be_read_answers_HEAD_without_a_body(string path)
    {
        using HttpResponseMessage get = await _server.Client.GetAsync(path);
        using HttpResponseMessage head = await SendAsync(HttpMethod.Head, path);
        Assert.Equal(get.StatusCode, head.StatusCode);
        Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("/v1/chat/completions", "POST")]
    [InlineData("/v1/models", "GET, HEAD")]
    public async Task OPTIONS_says_what_a_path_can_do(string path, string allowed)
    {
        using HttpResponseMessage response = await SendAsync(HttpMethod.Options, path);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(allowed, string.Join(", ", response.Content.Headers.Allow));
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("HEAD", "/v1/chat/completions", 405)]
    [InlineData("DELETE", "/v1/models/tiny", 405)]
    [InlineData("TRACE", "/health", 405)]
    [InlineData("PATCH", "/v1/chat/completions", 405)]
    [InlineData("HEAD", "/nothing", 404)]
    [InlineData("OPTIONS", "/nothing", 404)]
    [InlineData("BREW", "/health", 405)]
    public async Task Other_methods_are_refused_in_OpenAIs_shape(string method, string path, int status)
    {
        using HttpResponseMessage response = await SendAsync(new HttpMethod(method), path);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.NotEmpty(response.Headers.GetValues("x-request-id").Single());
        if (method != "HEAD")
        {
            await ErrorShape.OfAsync(response);
        }
    }

    [Theory]
    [InlineData("order-17_a.b:c", true)]
    [InlineData("a b", false)]
    [InlineData("<script>", false)]
    [InlineData("$(reboot)", false)]
    [InlineData("a;b", false)]
    [InlineData("\"quoted\"", false)]
    [InlineData("", false)]
    public async Task An_id_of_safe_characters_is_kept(string id, bool kept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health");
        request.Headers.TryAddWithoutValidation("x-request-id", id);
        using HttpResponseMessage response = await _server.Client.SendAsync(request);
        string answered = response.Headers.GetValues("x-request-id").Single();
        Assert.Equal(kept, answered == id);
        Assert.True(kept || answered.StartsWith("req_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_id_is_neither_too_long_nor_given_twice()
    {
        foreach (string[] ids in (string[][])[[new string('a', 129)], ["a", "b"]])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/health");
            request.Headers.TryAddWithoutValidation("x-request-id", ids);
            using HttpResponseMessage response = await _server.Client.SendAsync(request);
            Assert.StartsWith("req_", response.Headers.GetValues("x-request-id").Single(), StringComparison.Ordinal);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        return await _server.Client.SendAsync(request);
    }
}
