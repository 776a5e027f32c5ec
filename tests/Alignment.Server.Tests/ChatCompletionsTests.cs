using System.Text.Json.Nodes;

namespace Alignment.Server.Tests;

/// <summary>POST /v1/chat/completions: the wire form of answers and streams.</summary>
public sealed class ChatCompletionsTests(TinyServer tiny) : IClassFixture<TinyServer>
{
    private const string Path = "/v1/chat/completions";
    private readonly RunningServer _server = tiny.Server;

    [Fact]
    public async Task An_answer_has_every_field_of_OpenAIs()
    {
        JsonNode answer = await _server.PostAsync(Path, Body());
        Assert.StartsWith("chatcmpl-", (string?)answer["id"], StringComparison.Ordinal);
        Assert.Equal("chat.completion", (string?)answer["object"]);
        Assert.Equal("tiny", (string?)answer["model"]);
        Assert.True((long)answer["created"]! > 1_700_000_000);
        JsonObject choice = answer["choices"]!.AsArray().Single()!.AsObject();
        Assert.Equal(0, (int)choice["index"]!);
        Assert.Equal("assistant", (string?)choice["message"]!["role"]);
        Assert.True(choice.ContainsKey("logprobs"));
        Assert.Null(choice["logprobs"]);
        Assert.Equal("length", (string?)choice["finish_reason"]);
        JsonNode usage = answer["usage"]!;
        Assert.Equal(12, (int)usage["completion_tokens"]!);
        Assert.Equal((int)usage["total_tokens"]!, (int)usage["prompt_tokens"]! + 12);
    }

    [Fact]
    public async Task A_stream_is_role_text_finish_usage_done()
    {
        List<string> events = await _server.StreamAsync(Path, Body(""" "stream": true, "stream_options": {"include_usage": true} """));
        Assert.Equal("[DONE]", events[^1]);
        JsonNode[] chunks = [.. events[..^1].Select(text => JsonNode.Parse(text)!)];
        Assert.Single(chunks.Select(chunk => (string?)chunk["id"]).Distinct());
        Assert.All(chunks, chunk => Assert.Equal("chat.completion.chunk", (string?)chunk["object"]));
        JsonNode first = chunks[0]["choices"]![0]!;
        Assert.Equal("assistant", (string?)first["delta"]!["role"]);
        Assert.Equal("", (string?)first["delta"]!["content"]);
        Assert.Null(first["finish_reason"]);
        JsonNode finish = chunks[^2]["choices"]![0]!;
        Assert.Empty(finish["delta"]!.AsObject());
        Assert.Equal("length", (string?)finish["finish_reason"]);
        Assert.Empty(chunks[^1]["choices"]!.AsArray());
        Assert.Equal(12, (int)chunks[^1]["usage"]!["completion_tokens"]!);
        Assert.All(chunks[..^1], chunk => Assert.True(chunk.AsObject().ContainsKey("usage") && chunk["usage"] is null));
    }

    [Fact]
    public async Task Without_include_usage_no_chunk_speaks_of_it()
    {
        List<string> events = await _server.StreamAsync(Path, Body(""" "stream": true """));
        Assert.All(events[..^1], text => Assert.False(JsonNode.Parse(text)!.AsObject().ContainsKey("usage")));
        Assert.All(events[..^1], text => Assert.NotEmpty(JsonNode.Parse(text)!["choices"]!.AsArray()));
    }

    [Theory]
    [InlineData("")]
    [InlineData(""" "n": 3 """)]
    [InlineData(""" "alignment": {"guidance": [{"source": "head", "weight": 1}, {"source": "arm", "weight": -0.5}]} """)]
    [InlineData(""" "alignment": {"search": {"method": "best_of_n", "n": 4, "reward": [{"name": "value"}]}} """)]
    [InlineData(""" "stop": ["e", "a"] """)]
    [InlineData(""" "logit_bias": {"195": 100, "169": 100} """)] // the two bytes of an accented letter, in any order
    public async Task A_stream_says_what_the_answer_says(string fields)
    {
        JsonNode answer = await _server.PostAsync(Path, Body(fields));
        List<string> events = await _server.StreamAsync(Path, Body((fields.Length > 0 ? fields + "," : "") + """ "stream": true """));
        Assert.All(
            answer["choices"]!.AsArray(),
            choice => Assert.Equal((string?)choice!["message"]!["content"], Streamed(events, (int)choice["index"]!)));
    }

    [Fact]
    public async Task Choices_are_numbered_and_differ()
    {
        JsonNode answer = await _server.PostAsync(Path, Body(""" "n": 3 """));
        Assert.Equal([0, 1, 2], answer["choices"]!.AsArray().Select(choice => (int)choice!["index"]!));
        Assert.Equal(3, answer["choices"]!.AsArray().Select(choice => (string?)choice!["message"]!["content"]).Distinct().Count());
        Assert.Equal(36, (int)answer["usage"]!["completion_tokens"]!);
    }

    [Fact]
    public async Task Log_probabilities_come_token_by_token_with_bytes()
    {
        JsonNode answer = await _server.PostAsync(Path, Body(""" "logprobs": true, "top_logprobs": 2, "temperature": 0 """));
        JsonArray tokens = answer["choices"]![0]!["logprobs"]!["content"]!.AsArray();
        Assert.Equal(12, tokens.Count);
        Assert.All(tokens, token =>
        {
            Assert.Equal(2, token!["top_logprobs"]!.AsArray().Count);
            Assert.Equal((double)token["logprob"]!, (double)token["top_logprobs"]![0]!["logprob"]!);
            Assert.NotEmpty(token["bytes"]!.AsArray());
        });
    }

    [Fact]
    public async Task Log_probabilities_of_a_stream_are_those_of_the_answer()
    {
        const string Fields = """ "logprobs": true, "top_logprobs": 2 """;
        JsonNode answer = await _server.PostAsync(Path, Body(Fields));
        List<string> events = await _server.StreamAsync(Path, Body(Fields + """, "stream": true """));
        JsonNode?[] streamed =
        [
            .. events[..^1].SelectMany(text => JsonNode.Parse(text)!["choices"]![0]!["logprobs"]?["content"]?.AsArray() ?? []),
        ];
        Assert.Equal(
            answer["choices"]![0]!["logprobs"]!["content"]!.AsArray().Select(token => token!.ToJsonString()),
            streamed.Select(token => token!.ToJsonString()));
    }

    [Theory]
    [InlineData("frequency_penalty")]
    [InlineData("presence_penalty")]
    public async Task Penalties_make_a_repetition_rarer(string penalty)
    {
        string plain = await ContentAsync(0);
        string penalised = await ContentAsync(2);
        Assert.True(penalised.Distinct().Count() > plain.Distinct().Count(), $"'{plain}' became '{penalised}'");

        // Two letters are all but forced, and the model likes one of them better: only a penalty brings the other.
        async Task<string> ContentAsync(int strength)
        {
            JsonNode answer = await _server.PostAsync(
                Path, Body($$""" "temperature": 0, "{{penalty}}": {{strength}}, "logit_bias": {"65": 90, "66": 90} """));
            return (string)answer["choices"]![0]!["message"]!["content"]!;
        }
    }

    [Fact]
    public async Task A_large_bias_forces_a_token()
    {
        JsonNode answer = await _server.PostAsync(
            Path, Body(""" "logit_bias": {"65": 100}, "presence_penalty": 0.5, "frequency_penalty": 0.5 """));
        Assert.Equal("AAAAAAAAAAAA", (string?)answer["choices"]![0]!["message"]!["content"]);
    }

    [Fact]
    public async Task A_stop_string_is_not_shown_though_it_spans_tokens()
    {
        const string Forced = """ "logit_bias": {"65": 100, "66": 98}, "temperature": 2, "max_tokens": 60, """;
        string whole = (string)(await _server.PostAsync(Path, Body(Forced + """ "n": 1 """)))["choices"]![0]!["message"]!["content"]!;
        int stop = whole.IndexOf("AB", StringComparison.Ordinal);
        Assert.InRange(stop, 0, 50);
        List<string> events = await _server.StreamAsync(Path, Body(Forced + """ "stop": "AB", "stream": true """));
        Assert.Equal(whole[..stop], Streamed(events, 0));
        Assert.Equal("stop", (string?)JsonNode.Parse(events[^2])!["choices"]![0]!["finish_reason"]);
    }

    [Fact]
    public async Task A_seed_repeats_and_no_seed_does_not()
    {
        Assert.Equal(await TextAsync(Body()), await TextAsync(Body()));
        string free = Body().Replace("\"seed\": 7,", "", StringComparison.Ordinal);
        Assert.NotEqual(await TextAsync(free), await TextAsync(free));
    }

    [Fact]
    public async Task A_profile_aligns_without_any_extension()
    {
        string profile = Body().Replace("\"tiny\"", "\"tiny:best\"", StringComparison.Ordinal);
        JsonNode plain = await _server.PostAsync(Path, profile);
        JsonNode asked = await _server.PostAsync(
            Path, Body(""" "alignment": {"report": true, "search": {"method": "best_of_n", "n": 3, "reward": [{"name": "value"}]}} """));
        Assert.Equal((string?)asked["choices"]![0]!["message"]!["content"], (string?)plain["choices"]![0]!["message"]!["content"]);
        Assert.Equal("tiny:best", (string?)plain["model"]);
        JsonArray candidates = asked["alignment"]!["report"]!["candidates"]!.AsArray();
        Assert.Equal(3, candidates.Count);
        Assert.Equal(0, (int)candidates.MaxBy(candidate => (double)candidate!["score"]!)!["choice"]!);
    }

    [Fact]
    public async Task Content_may_come_in_parts_which_are_lines()
    {
        string parts = Body().Replace(
            "\"Hello there\"", """[{"type": "text", "text": "Hello"}, {"type": "text", "text": "there"}]""", StringComparison.Ordinal);
        string lines = Body().Replace("Hello there", "Hello\\nthere", StringComparison.Ordinal);
        Assert.Equal(await TextAsync(lines), await TextAsync(parts));
    }

    private static string Body(string fields = "") =>
        $$"""{"model": "tiny", "messages": [{"role": "user", "content": "Hello there"}], "seed": 7, {{(fields.Contains("max_tokens", StringComparison.Ordinal) ? "" : "\"max_tokens\": 12, ")}}"ignore_eos": true{{(fields.Length > 0 ? "," : "")}}{{fields}}}""";

    private async Task<string?> TextAsync(string body) =>
        (string?)(await _server.PostAsync(Path, body))["choices"]![0]!["message"]!["content"];

    private static string Streamed(List<string> events, int index) => string.Concat(
        events[..^1].SelectMany(text => JsonNode.Parse(text)!["choices"]!.AsArray())
            .Where(choice => (int)choice!["index"]! == index)
            .Select(choice => (string?)choice!["delta"]!["content"]));
}
