using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Alignment.Decoding.Responses;
using Alignment.Inference;
using Alignment.Server.Tests.Doubles;
using Alignment.Tests;

namespace Alignment.Server.Tests;

/// <summary>Every mistake is answered in OpenAI's shape, with every problem at once.</summary>
public sealed class ErrorTests(TinyServer tiny) : IClassFixture<TinyServer>
{
    private const string Chat = "/v1/chat/completions";
    private const string Completions = "/v1/completions";
    private readonly RunningServer _server = tiny.Server;

    [Fact]
    public async Task Every_problem_is_named_at_once()
    {
        JsonNode error = await RefusedAsync(Chat, """
            {"model": "tiny", "messages": [{"role": "user", "content": "x"}], "temperature": 9, "top_p": 0, "n": 0, "top_logprobs": 3,
             "alignment": {"guidence": [], "guidance": [{"source": "nobody", "weight": "much"}], "search": {"method": "best_of_n", "n": 100000}}}
            """, HttpStatusCode.BadRequest);
        Assert.All(
            [
                "temperature", "top_p", "n", "alignment.guidence", "alignment.guidance[0].source", "alignment.guidance[0].weight",
                "alignment.search.n", "alignment.search.reward",
            ],
            name => Assert.Contains(name, (string?)error["message"], StringComparison.Ordinal));
        Assert.Contains("head", (string?)error["message"], StringComparison.Ordinal);
        Assert.Equal("invalid_request_error", (string?)error["type"]);
        Assert.NotNull(error["param"]);
    }

    [Theory]
    [InlineData(Chat, """{"model": "tiny", "messages": """)]
    [InlineData(Chat, """{"model": "tiny", "messages": "hello"}""")]
    [InlineData(Chat, """{"model": "tiny", "messages": []}""")]
    [InlineData(Chat, """{"model": "tiny", "messages": [{"role": "user", "content": "x"}], "max_tokens": "many"}""")]
    [InlineData(Chat, """{"model": "tiny", "messages": [{"role": "user", "content": "x"}], "max_tokens": 100000}""")]
    [InlineData(Chat, """{"model": "tiny", "messages": [{"role": "user", "content": "x"}], "tools": [{"type": "function"}]}""")]
    [InlineData(Chat, """{"model": "tiny", "messages": [{"role": "user", "content": "x"}], "logit_bias": {"99999": 1}}""")]
    [InlineData(
        Chat, """{"model": "tiny", "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}""")]
    [InlineData(Chat, """{"model": "tiny", "messages": [{"role": "user", "content": "x"}], "n": 17}""")]
    [InlineData(Chat, """{"model": "tiny", "messages": [{"role": "user", "content": "x"}], "stop": ["a", "b", "c", "d", "e"]}""")]
    [InlineData("/v1/completions", """{"model": "tiny", "prompt": [99999]}""")]
    [InlineData("/v1/completions", """{"model": "tiny", "prompt": [-1]}""")]
    [InlineData("/v1/completions", """{"model": "tiny"}""")]
    [InlineData("/v1/completions", """{"model": "tiny", "prompt": "x", "best_of": 4}""")]
    [InlineData("/detokenize", """{"model": "tiny", "tokens": [99999]}""")]
    [InlineData("/tokenize", """{"model": "tiny"}""")]
    public Task A_mistake_is_a_400(string path, string body) => RefusedAsync(path, body, HttpStatusCode.BadRequest);

    [Theory]
    [InlineData("01", "write the token as 1")]
    [InlineData("+1", "write the token as 1")]
    [InlineData(" 1", "write the token as 1")]
    [InlineData("-0", "write the token as 0")]
    public async Task A_token_has_one_spelling(string name, string message)
    {
        string body = $$"""{"model": "tiny", "messages": [{"role": "user", "content": "x"}], "logit_bias": {"1": -1, "{{name}}": 5} }""";
        JsonNode error = await RefusedAsync(Chat, body, HttpStatusCode.BadRequest);
        Assert.Contains(message, (string?)error["message"], StringComparison.Ordinal);
        Assert.StartsWith("logit_bias", (string?)error["param"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prompt_longer_than_the_context_has_OpenAIs_code()
    {
        JsonNode error = await RefusedAsync(
            "/v1/completions", $$"""{"model": "tiny", "prompt": "{{new string('x', 2000)}}"}""", HttpStatusCode.BadRequest);
        Assert.Equal("context_length_exceeded", (string?)error["code"]);
    }

    [Fact]
    public async Task An_unknown_model_is_a_404_that_names_it()
    {
        JsonNode error = await RefusedAsync(
            Chat, """{"model": "gpt-9", "messages": [{"role": "user", "content": "x"}]}""", HttpStatusCode.NotFound);
        Assert.Equal("model_not_found", (string?)error["code"]);
        Assert.Contains("gpt-9", (string?)error["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_paths_and_wrong_methods_are_answered_in_the_same_shape()
    {
        using HttpResponseMessage missing = await _server.Client.GetAsync("/v1/nothing");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.NotNull(JsonNode.Parse(await missing.Content.ReadAsStringAsync())!["error"]!["message"]);
        using HttpResponseMessage wrong = await _server.Client.GetAsync(Chat);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, wrong.StatusCode);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_a_413()
    {
        using HttpResponseMessage response = await _server.SendAsync(
            Chat, $$"""{"model": "tiny", "pad": "{{new string('x', 3_000_000)}}"}""");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task A_body_of_ten_thousand_brackets_is_a_400()
    {
        string brackets = new('[', 10_000);
        await RefusedAsync(Chat, $$"""{"model": "tiny", "messages": {{brackets}}""", HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_real_queue_that_is_full_refuses_at_once_and_serves_those_that_it_took()
    {
        using TemporaryFolder folder = new();
        await using RunningServer narrow = await RunningServer.StartAsync(
            [.. TinyServer.Configuration(folder.Path), "--Alignment:Engine:MaxSessions=1", "--Alignment:Engine:QueueLength=1"]);
        const string Body = """{"model": "tiny", "messages": [{"role": "user", "content": "x"}], "max_tokens": 300, "ignore_eos": true}""";
        HttpResponseMessage[] responses = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => narrow.SendAsync(Chat, Body)));
        Assert.All(responses, response => Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.TooManyRequests));
        Assert.Contains(responses, response => response.StatusCode == HttpStatusCode.OK);
        Assert.Contains(responses, response => response is { StatusCode: HttpStatusCode.TooManyRequests, Headers.RetryAfter: not null });
        Assert.NotNull((await narrow.PostAsync(Chat, Body))["choices"]);
    }

    [Fact]
    public async Task An_engine_that_has_stopped_is_a_503_that_says_when_to_come_back()
    {
        await using RunningServer server = await RunningServer.StartAsync(new ScriptedGenerator([], new EngineStoppedException("broken")));
        using HttpResponseMessage response = await server.SendAsync(
            Chat, """{"model": "scripted", "messages": [{"role": "user", "content": "x"}]}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
    }

    [Theory]
    [InlineData(Chat, "\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"max_completion_tokens\": 0", "max_completion_tokens")]
    [InlineData(
        Chat, "\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"max_completion_tokens\": 100000", "max_completion_tokens")]
    [InlineData(Chat, "\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"max_tokens\": 0", "max_tokens")]
    [InlineData(Chat, "\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"logprobs\": true, \"top_logprobs\": 21", "top_logprobs")]
    [InlineData(Chat, "\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"stop\": [\"a\", \"b\", \"c\", \"d\", \"e\"]", "stop")]
    [InlineData(Chat, "\"messages\": \"x\"", "messages")]
    [InlineData(Chat, "\"messages\": []", "messages")]
    [InlineData(Chat, "\"n\": 2", "messages")]
    [InlineData(Completions, "\"prompt\": \"x\", \"logprobs\": 6", "logprobs")]
    [InlineData(Completions, "\"prompt\": \"x\", \"logprobs\": 21", "logprobs")]
    [InlineData(Completions, "\"prompt\": 5", "prompt")]
    [InlineData(Completions, "\"prompt\": [\"x\", \"\"]", "prompt[1]")]
    [InlineData(Completions, "\"prompt\": [[1], [2, 999]]", "prompt[1][1]")]
    [InlineData("/detokenize", "\"tokens\": [1, 999]", "tokens[1]")]
    [InlineData("/detokenize", "\"tokens\": \"x\"", "tokens")]
    [InlineData("/tokenize", "\"messages\": 3", "messages")]
    public async Task One_fault_is_told_once_under_the_clients_own_name(string path, string fields, string param)
    {
        JsonNode error = await RefusedAsync(path, $"{{\"model\": \"tiny\", {fields}}}", HttpStatusCode.BadRequest);
        Assert.Equal(param, (string?)error["param"]);
        Assert.StartsWith($"{param}: ", (string?)error["message"], StringComparison.Ordinal);
        Assert.DoesNotContain("; ", (string?)error["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("queue")]
    [InlineData("memory")]
    public async Task What_is_full_is_a_429_that_says_when_to_come_back(string what)
    {
        await using RunningServer full = await RunningServer.StartAsync(
            new ScriptedGenerator([], new EngineOverloadedException(what, TimeSpan.FromSeconds(3))));
        using HttpResponseMessage response = await full.SendAsync(
            Chat, """{"model": "scripted", "messages": [{"role": "user", "content": "x"}], "stream": true}""");
        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(3), response.Headers.RetryAfter!.Delta);
        Assert.Contains($"\"{what}_full\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    /// <summary>No fault of the client's request: 500, and said by its own name.</summary>
    [Fact]
    public async Task A_guide_that_overflows_is_a_500_that_names_it()
    {
        await using RunningServer broken = await RunningServer.StartAsync(
            new ScriptedGenerator([], new ScoreOverflowException(["helpful", "harmless"])));
        using HttpResponseMessage response = await broken.SendAsync(
            Chat, """{"model": "scripted", "messages": [{"role": "user", "content": "x"}]}""");
        JsonNode error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal(("server_error", "score_overflow"), ((string?)error["type"], (string?)error["code"]));
        Assert.Contains("(helpful, harmless) overflows", (string?)error["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fault_of_ours_shows_its_id_and_nothing_else()
    {
        await using RunningServer broken = await RunningServer.StartAsync(
            new ScriptedGenerator([], new InvalidOperationException("the secret")));
        using HttpResponseMessage response = await broken.SendAsync(
            Chat, """{"model": "scripted", "messages": [{"role": "user", "content": "x"}]}""");
        string text = await response.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.Contains(response.Headers.GetValues("x-request-id").Single(), text, StringComparison.Ordinal);
        Assert.Contains(broken.Log.Lines, line => line.Contains("the secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_fault_in_the_middle_is_an_event_and_the_stream_ends_as_others_do()
    {
        await using RunningServer broken = await RunningServer.StartAsync(
            new ScriptedGenerator([new TextEvent(0, "so far", [])], new InvalidOperationException("the secret")));
        List<string> events = await broken.StreamAsync(
            Chat, """{"model": "scripted", "messages": [{"role": "user", "content": "x"}], "stream": true}""");
        Assert.Contains("so far", events[^3], StringComparison.Ordinal);
        Assert.Equal("server_error", (string?)JsonNode.Parse(events[^2])!["error"]!["type"]);
        Assert.DoesNotContain("secret", events[^2], StringComparison.Ordinal);
        Assert.Equal("[DONE]", events[^1]);
    }

    [Fact]
    public async Task A_client_that_leaves_during_a_silence_is_no_fault_of_ours()
    {
        var silent = new ScriptedGenerator([new TextEvent(0, "so far", [])], hangs: true);
        await using RunningServer server = await RunningServer.StartAsync(silent, "--Server:KeepAliveInterval=00:00:00.002");
        using var request = new HttpRequestMessage(HttpMethod.Post, Chat)
        {
            Content = JsonContent.Create(
                new { model = "scripted", messages = new[] { new { role = "user", content = "x" } }, stream = true }),
        };
        using (HttpResponseMessage response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        {
            using var stream = new StreamReader(await response.Content.ReadAsStreamAsync());
            while (await stream.ReadLineAsync() != ": keep-alive")
            {
            }
        }

        await silent.Ended.WaitAsync(TimeSpan.FromMinutes(1));
        await server.StopAsync();
        Assert.Empty(server.Log.Lines);
    }

    [Fact]
    public async Task A_server_with_keys_asks_for_one()
    {
        await using RunningServer closed = await RunningServer.StartAsync(
            new ScriptedGenerator([new FinishEvent(0, FinishReason.Stop)]), "--Server:ApiKeys:0=sesame");
        using HttpResponseMessage refused = await closed.Client.GetAsync("/v1/models");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using HttpResponseMessage health = await closed.Client.GetAsync("/health");
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        closed.Client.DefaultRequestHeaders.Authorization = new("Bearer", "sesame");
        using HttpResponseMessage open = await closed.Client.GetAsync("/v1/models");
        Assert.Equal(HttpStatusCode.OK, open.StatusCode);
    }

    private async Task<JsonNode> RefusedAsync(string path, string body, HttpStatusCode status)
    {
        using HttpResponseMessage response = await _server.SendAsync(path, body);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status, $"{(int)response.StatusCode}: {text}");
        JsonObject error = JsonNode.Parse(text)!["error"]!.AsObject();
        Assert.Equal(["code", "message", "param", "type"], error.Select(field => field.Key).Order(StringComparer.Ordinal));
        return error;
    }
}
