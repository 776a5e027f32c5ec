using System.Net;
using Alignment.Decoding.Responses;
using Alignment.Server.Configuration;
using Alignment.Server.Tests.Doubles;
using Microsoft.Extensions.Configuration;

namespace Alignment.Server.Tests.Security;

/// <summary>Pages of the configured origins, and only they, may use the server from a browser.</summary>
public sealed class CorsTests
{
    private const string Page = "https://app.example";
    private const string Chat = "/v1/chat/completions";

    [Fact]
    public async Task A_page_of_an_origin_asks_first_without_a_key_and_then_uses_its_key()
    {
        await using RunningServer server = await StartAsync(
            "--Server:ApiKeys:0=sesame", $"--Server:CorsOrigins:0={Page}", "--Server:CorsOrigins:1=http://localhost:3000");
        using HttpResponseMessage preflight = await PreflightAsync(server, Page);
        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.Equal(Page, Header(preflight, "Access-Control-Allow-Origin"));
        Assert.Contains("POST", Header(preflight, "Access-Control-Allow-Methods"), StringComparison.Ordinal);
        Assert.Contains("authorization", Header(preflight, "Access-Control-Allow-Headers"), StringComparison.OrdinalIgnoreCase);
        Assert.Null(Header(preflight, "Access-Control-Allow-Credentials"));
        using HttpResponseMessage refused = await GetAsync(server, Page);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal(Page, Header(refused, "Access-Control-Allow-Origin"));
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", "sesame");
        using HttpResponseMessage answer = await GetAsync(server, Page);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(Page, Header(answer, "Access-Control-Allow-Origin"));
        Assert.Contains("x-request-id", Header(answer, "Access-Control-Expose-Headers"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://other.example")]
    [InlineData("https://app.example.evil")]
    [InlineData("http://app.example")]
    [InlineData("null")]
    public async Task Other_pages_are_told_nothing(string origin)
    {
        await using RunningServer server = await StartAsync($"--Server:CorsOrigins:0={Page}");
        using HttpResponseMessage preflight = await PreflightAsync(server, origin);
        using HttpResponseMessage answer = await GetAsync(server, origin);
        Assert.Null(Header(preflight, "Access-Control-Allow-Origin"));
        Assert.Null(Header(answer, "Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Without_an_origin_nobody_is()
    {
        await using RunningServer server = await StartAsync();
        using HttpResponseMessage preflight = await PreflightAsync(server, Page);
        Assert.Null(Header(preflight, "Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Every_page_may_where_a_key_is_asked_for()
    {
        await using RunningServer server = await StartAsync("--Server:ApiKeys:0=sesame", "--Server:CorsOrigins:0=*");
        using HttpResponseMessage preflight = await PreflightAsync(server, "https://other.example");
        Assert.Equal("*", Header(preflight, "Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("*", "needs Server:ApiKeys")]
    [InlineData("https://app.example/", "is no origin")]
    [InlineData("https://app.example/path", "is no origin")]
    [InlineData("https://app.example:443", "is no origin")]
    [InlineData("https://user@app.example", "is no origin")]
    [InlineData("HTTPS://App.Example", "is no origin")]
    [InlineData("app.example", "is no origin")]
    [InlineData("file://x", "is no origin")]
    [InlineData("null", "is no origin")]
    [InlineData("", "is no origin")]
    [InlineData("https://*.example", "is no origin")]
    public void What_no_browser_sends_is_refused_at_the_start(string origin, string problem)
    {
        List<string> problems = [];
        ServerOptionsReader.Read(new ConfigurationBuilder().AddInMemoryCollection([new("Server:CorsOrigins:0", origin)]).Build(), problems);
        Assert.Contains(problem, Assert.Single(problems), StringComparison.Ordinal);
    }

    private static Task<RunningServer> StartAsync(params string[] configuration)
        => RunningServer.StartAsync(new ScriptedGenerator([new FinishEvent(0, FinishReason.Stop)]), configuration);

    private static async Task<HttpResponseMessage> PreflightAsync(RunningServer server, string origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, Chat);
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "authorization,content-type,x-stainless-lang");
        return await server.Client.SendAsync(request);
    }

    private static async Task<HttpResponseMessage> GetAsync(RunningServer server, string origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.Add("Origin", origin);
        return await server.Client.SendAsync(request);
    }

    private static string? Header(HttpResponseMessage response, string name)
        => response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? string.Join(",", values) : null;
}
