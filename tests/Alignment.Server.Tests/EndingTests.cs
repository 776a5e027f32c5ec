using System.Net;
using System.Text.Json.Nodes;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Server.Tests.Doubles;

namespace Alignment.Server.Tests;

/// <summary>vLLM's fields about what ends a response, what it may not contain, and what is told of the prompt.</summary>
public sealed class EndingTests(TinyServer tiny) : IClassFixture<TinyServer>
{
    private const string Chat = "/v1/chat/completions";
    private const string Completion = "/v1/completions";

    // The letters A and B are all but certain, and B a little less.
    private const string Letters = """ "logit_bias": {"65": 100, "66": 98}, "temperature": 2, "max_tokens": 60 """;

    private static readonly Dictionary<string, Func<GenerationRequest, object?>> s_given = new()
    {
        [""" "min_tokens": 5 """] = request => request.MinTokens is 5,
        [""" "stop_token_ids": [3, 4] """] = request => request.StopTokens is [3, 4],
        [""" "bad_words": ["no", " never"] """] = request => request.BadWords is ["no", " never"],
        [""" "include_stop_str_in_output": true """] = request => request.IncludeStop,
        [""" "prompt_logprobs": 2 """] = request => request.PromptLogProbabilities is 2,
    };

    private readonly RunningServer _server = tiny.Server;

    public static TheoryData<string> Given => [.. s_given.Keys];

    [Theory]
    [MemberData(nameof(Given))]
    public async Task What_is_asked_for_reaches_the_generator(string field)
    {
        var generator = new ScriptedGenerator([new FinishEvent(0, FinishReason.Stop), new UsageEvent(1, 1, 0, 1)]);
        await using RunningServer server = await RunningServer.StartAsync(generator);
        foreach (string body in (string[])["\"messages\": [{\"role\": \"user\", \"content\": \"x\"}]", "\"prompt\": \"x\""])
        {
            string path = body.StartsWith("\"messages", StringComparison.Ordinal) ? Chat : Completion;
            await server.PostAsync(path, $$"""{"model": "scripted", {{body}}}""");
            Assert.Equal(false, s_given[field](generator.LastRequest!));
            await server.PostAsync(path, $$"""{"model": "scripted", {{body}}, {{field}}}""");
            Assert.Equal(true, s_given[field](generator.LastRequest!));
        }
    }

    [Theory]
    [InlineData("stop", "\"AB\"", "")]
    [InlineData("stop", "\"AB\"", "AB")]
    [InlineData("stop_token_ids", "[66]", "")]
    [InlineData("stop_token_ids", "[66]", "B")]
    public async Task A_response_ends_before_or_behind_what_ends_it_streamed_or_not(string field, string value, string shown)
    {
        string whole = await TextAsync(Letters);
        string end = field == "stop" ? "AB" : "B";
        string fields = $"{Letters}, \"{field}\": {value}, \"include_stop_str_in_output\": {(shown == "" ? "false" : "true")}";
        string expected = whole[..whole.IndexOf(end, StringComparison.Ordinal)] + shown;
        Assert.Equal(expected, await TextAsync(fields));
        List<string> events = await _server.StreamAsync(Completion, Body(fields + ", \"stream\": true"));
        Assert.Equal(expected, string.Concat(events[..^1].Select(data => (string?)JsonNode.Parse(data)!["choices"]![0]!["text"])));
        Assert.Equal("stop", (string?)JsonNode.Parse(events[^2])!["choices"]![0]!["finish_reason"]);
    }

    [Fact]
    public async Task Before_its_minimum_nothing_ends_a_response()
    {
        string text = await TextAsync(Letters + """, "stop": "AB", "min_tokens": 40, "include_stop_str_in_output": true """);
        Assert.InRange(text.Length, 41, 60);
        Assert.True(text.IndexOf("AB", StringComparison.Ordinal) < 38, text);
        Assert.True(text.Length == 60 || text.EndsWith("AB", StringComparison.Ordinal), text);
        string stopless = await TextAsync(Letters + """, "stop_token_ids": [66], "min_tokens": 60 """);
        Assert.DoesNotContain("B", stopless, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("B")]
    [InlineData("AB")]
    [InlineData("AAA")]
    public async Task A_bad_word_is_not_written(string word)
    {
        Assert.Contains(word, await TextAsync(Letters), StringComparison.Ordinal);
        string text = await TextAsync($"{Letters}, \"bad_words\": [\"{word}\"]");
        Assert.Equal(60, text.Length);
        Assert.DoesNotContain(word, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prompts_are_scored_as_in_an_echo()
    {
        const string Echo = """{"model": "tiny", "prompt": "hello", "echo": true, "max_tokens": 0, "logprobs": 2}""";
        JsonNode echo = await _server.PostAsync(Completion, Echo);
        const string Body = """{"model": "tiny", "prompt": ["hello", "abc"], "max_tokens": 1, "prompt_logprobs": 2, "n": 2}""";
        JsonArray choices = (await _server.PostAsync(Completion, Body))["choices"]!.AsArray();
        Assert.Equal([5, 5, 3, 3], choices.Select(choice => choice!["prompt_logprobs"]!.AsArray().Count));
        JsonArray positions = choices[0]!["prompt_logprobs"]!.AsArray();
        Assert.Null(positions[0]);
        Assert.Equal(
            echo["choices"]![0]!["logprobs"]!["token_logprobs"]!.AsArray().Skip(1).Select(value => (float)value!),
            "ello".Select((letter, i) => (float)positions[i + 1]![$"{(int)letter}"]!["logprob"]!));
        Assert.All(positions.Skip(1), position =>
        {
            JsonNode?[] tokens = [.. position!.AsObject().Select(token => token.Value)];
            Assert.InRange(tokens.Length, 2, 3);
            Assert.Equal([1, 2], tokens.Select(token => (int?)token!["rank"]).Where(rank => rank is not null).Order());
            Assert.All(tokens, token => Assert.NotNull((string?)token!["decoded_token"]));
        });
    }

    [Fact]
    public async Task A_conversations_prompt_is_scored_beside_its_choices()
    {
        const string Plain = """{"model": "tiny", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 1, "n": 2""";
        JsonNode answer = await _server.PostAsync(Chat, Plain + """, "prompt_logprobs": 0}""");
        JsonArray positions = answer["prompt_logprobs"]!.AsArray();
        Assert.Equal((int)answer["usage"]!["prompt_tokens"]!, positions.Count);
        Assert.All(positions.Skip(1), position => Assert.Single(position!.AsObject()));
        Assert.False((await _server.PostAsync(Chat, Plain + "}")).AsObject().ContainsKey("prompt_logprobs"));
    }

    [Theory]
    [InlineData("min_tokens", """ "min_tokens": 5, "max_tokens": 4 """)]
    [InlineData("min_tokens", """ "min_tokens": -1 """)]
    [InlineData("stop_token_ids[1]", """ "stop_token_ids": [1, 99999] """)]
    [InlineData("bad_words[1]", """ "bad_words": ["a", " "] """)]
    [InlineData("bad_words[0]", """ "bad_words": [null] """)]
    [InlineData("prompt_logprobs", """ "prompt_logprobs": 21 """)]
    [InlineData("prompt_logprobs", """ "prompt_logprobs": -1 """)]
    [InlineData("prompt_logprobs", """ "prompt_logprobs": 1, "stream": true """)]
    public async Task What_cannot_be_is_refused(string path, string fields)
        => Assert.StartsWith($"{path}: ", await RefusalAsync(fields), StringComparison.Ordinal);

    [Theory]
    [InlineData("bad_words", "\"x\"", 256)]
    [InlineData("stop_token_ids", "1", 256)]
    public async Task Counts_are_bounded(string field, string item, int most)
    {
        await TextAsync(Fields(most));
        Assert.Contains($"{field}: has {most + 1} ", await RefusalAsync(Fields(most + 1)), StringComparison.Ordinal);

        string Fields(int count) => $"\"{field}\": [{string.Join(", ", Enumerable.Repeat(item, count))}]";
    }

    [Fact]
    public async Task Where_every_token_is_forbidden_the_request_is_at_fault()
    {
        string all = string.Join(", ", Enumerable.Range(0, 260).Select(token => $"\"{token}\": -100"));
        Assert.Contains("masked", await RefusalAsync($"\"logit_bias\": {{{all}}}, \"min_tokens\": 1"), StringComparison.Ordinal);
    }

    private static string Body(string fields) => $$"""{"model": "tiny", "prompt": "abc", "seed": 7, {{fields}}}""";

    private async Task<string> TextAsync(string fields)
        => (string)(await _server.PostAsync(Completion, Body(fields)))["choices"]![0]!["text"]!;

    private async Task<string> RefusalAsync(string fields)
    {
        using HttpResponseMessage response = await _server.SendAsync(Completion, Body(fields));
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.BadRequest, text);
        return (string)JsonNode.Parse(text)!["error"]!["message"]!;
    }
}
