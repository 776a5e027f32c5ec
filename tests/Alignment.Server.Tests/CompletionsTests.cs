using System.Text.Json.Nodes;

namespace Alignment.Server.Tests;

/// <summary>POST /v1/completions, /tokenize and /detokenize.</summary>
public sealed class CompletionsTests(TinyServer tiny) : IClassFixture<TinyServer>
{
    private const string Path = "/v1/completions";
    private readonly RunningServer _server = tiny.Server;

    [Fact]
    public async Task A_text_and_its_tokens_are_the_same_prompt()
    {
        JsonNode text = await _server.PostAsync(Path, """{"model": "tiny", "prompt": "abc", "seed": 1, "max_tokens": 8}""");
        JsonNode tokens = await _server.PostAsync(Path, """{"model": "tiny", "prompt": [97, 98, 99], "seed": 1, "max_tokens": 8}""");
        Assert.Equal("text_completion", (string?)text["object"]);
        Assert.Equal((string?)tokens["choices"]![0]!["text"], (string?)text["choices"]![0]!["text"]);
        Assert.Equal(3, (int)text["usage"]!["prompt_tokens"]!);
    }

    [Fact]
    public async Task Several_prompts_have_n_choices_each_in_order()
    {
        JsonNode both = await _server.PostAsync(
            Path, """{"model": "tiny", "prompt": ["abc", "xyz"], "n": 2, "seed": 1, "max_tokens": 8}""");
        JsonNode second = await _server.PostAsync(Path, """{"model": "tiny", "prompt": "xyz", "n": 2, "seed": 1, "max_tokens": 8}""");
        JsonArray choices = both["choices"]!.AsArray();
        Assert.Equal([0, 1, 2, 3], choices.Select(choice => (int)choice!["index"]!));
        Assert.Equal(
            second["choices"]!.AsArray().Select(choice => (string?)choice!["text"]),
            choices.Skip(2).Select(choice => (string?)choice!["text"]));
    }

    [Fact]
    public async Task An_echo_without_new_tokens_scores_the_prompt()
    {
        JsonNode answer = await _server.PostAsync(
            Path, """{"model": "tiny", "prompt": "hello", "echo": true, "max_tokens": 0, "logprobs": 2}""");
        JsonNode choice = answer["choices"]![0]!;
        JsonArray logprobs = choice["logprobs"]!["token_logprobs"]!.AsArray();
        Assert.Equal("hello", (string?)choice["text"]);
        Assert.Equal([0, 1, 2, 3, 4], choice["logprobs"]!["text_offset"]!.AsArray().Select(offset => (int)offset!));
        Assert.Null(logprobs[0]);
        Assert.All(logprobs.Skip(1), value => Assert.True((double)value! < 0));
        Assert.Equal("hello", string.Concat(choice["logprobs"]!["tokens"]!.AsArray().Select(token => (string?)token)));
    }

    /// <summary>Half a character at the end of a prompt is one of the text that is returned.</summary>
    [Theory]
    [InlineData("[104, 195, 169]", 2), InlineData("[104, 195]", 2), InlineData("[104]", 1)]
    public async Task Behind_an_echo_offsets_go_on_where_it_ends(string prompt, int length)
    {
        const string Fields = """ "model": "tiny", "echo": true, "max_tokens": 3, "logprobs": 0, "logit_bias": {"97": 100} """;
        string body = $$"""{{{Fields}}, "prompt": {{prompt}}}""";
        JsonNode choice = (await _server.PostAsync(Path, body))["choices"]![0]!;
        Assert.Equal("aaa", ((string?)choice["text"])![length..]);
        int[] offsets = [.. choice["logprobs"]!["text_offset"]!.AsArray().Select(offset => (int)offset!)];
        Assert.Equal([length, length + 1, length + 2], offsets[^3..]);
    }

    [Fact]
    public async Task A_control_token_has_no_width_in_the_text()
    {
        JsonNode choice = (await _server.PostAsync(
            Path,
            """{"model": "tiny", "prompt": [256, 104, 195, 169, 108], "echo": true, "max_tokens": 0, "logprobs": 1}"""))["choices"]![0]!;
        Assert.Equal("hél", (string?)choice["text"]);
        Assert.Equal([0, 0, 1, 1, 2], choice["logprobs"]!["text_offset"]!.AsArray().Select(offset => (int)offset!));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public async Task The_sampled_token_is_always_among_the_likely_ones(int count)
    {
        string body =
            $$"""{"model": "tiny", "prompt": "abc", "seed": 3, "temperature": 2, "max_tokens": 30, "ignore_eos": true, "logprobs": {{count}}}""";
        JsonNode logprobs = (await _server.PostAsync(Path, body))["choices"]![0]!["logprobs"]!;
        JsonArray tokens = logprobs["tokens"]!.AsArray();
        for (int i = 0; i < tokens.Count; i++)
        {
            JsonObject top = logprobs["top_logprobs"]![i]!.AsObject();
            Assert.InRange(top.Count, 1, count + 1);
            Assert.Equal((double)logprobs["token_logprobs"]![i]!, (double)top[(string)tokens[i]!]!);
        }

        Assert.Contains(logprobs["top_logprobs"]!.AsArray(), top => top!.AsObject().Count == count + 1);
    }

    [Fact]
    public async Task A_stream_says_what_the_answer_says()
    {
        JsonNode answer = await _server.PostAsync(
            Path, """{"model": "tiny", "prompt": "abc", "seed": 1, "max_tokens": 20, "logprobs": 1}""");
        List<string> events = await _server.StreamAsync(
            Path, """{"model": "tiny", "prompt": "abc", "seed": 1, "max_tokens": 20, "logprobs": 1, "stream": true}""");
        JsonNode[] chunks = [.. events[..^1].Select(text => JsonNode.Parse(text)!)];
        Assert.All(chunks, chunk => Assert.Equal("text_completion", (string?)chunk["object"]));
        Assert.Equal(
            (string?)answer["choices"]![0]!["text"], string.Concat(chunks.Select(chunk => (string?)chunk["choices"]![0]!["text"])));
        Assert.Equal(
            answer["choices"]![0]!["logprobs"]!["token_logprobs"]!.AsArray().Select(value => (double?)value),
            chunks.Where(chunk => chunk["choices"]![0]!["logprobs"] is not null)
                .SelectMany(chunk => chunk["choices"]![0]!["logprobs"]!["token_logprobs"]!.AsArray())
                .Select(value => (double?)value));
    }

    [Fact]
    public async Task Text_becomes_ids_and_ids_become_text()
    {
        JsonNode ids = await _server.PostAsync("/tokenize", """{"model": "tiny", "prompt": "héllo"}""");
        int[] tokens = [.. ids["tokens"]!.AsArray().Select(token => (int)token!)];
        Assert.Equal([104, 195, 169, 108, 108, 111], tokens);
        Assert.Equal(6, (int)ids["count"]!);
        JsonNode text = await _server.PostAsync("/detokenize", $$"""{"model": "tiny", "tokens": [{{string.Join(',', tokens)}}]}""");
        Assert.Equal("héllo", (string?)text["prompt"]);
    }
}
