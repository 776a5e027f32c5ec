using System.Text;
using Alignment.Decoding.Problems;
using Alignment.Server.Configuration;
using Alignment.Server.Contracts;
using Alignment.Server.Errors;
using Alignment.Server.Requests;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Alignment.Server.Tests.Requests;

/// <summary>From bytes to contracts, without HTTP.</summary>
public sealed class BodyReaderTests
{
    private const int MaxBytes = 40_000;
    private ProblemCollection _problems = [];

    [Theory]
    [InlineData("""{"model": "é\ud83d"}""")]
    [InlineData(" \t\r\n{\"model\": \"é\\ud83d\"}\n")]
    [InlineData("\uFEFF{\"model\": \"é\\ud83d\"}")]
    public async Task A_contract_is_read(string json)
    {
        Assert.Equal("é\uFFFD", (await ReadAsync(json)).Model);
        Assert.Empty(_problems);
    }

    [Theory]
    [InlineData("[]", "The body must be a JSON object.")]
    [InlineData("null", "The body must be a JSON object.")]
    [InlineData("\"{\"", "The body must be a JSON object.")]
    [InlineData("{\n  \"model\": NaN\n}", "The body is not valid JSON: 'N' is not expected (line 2, byte 12).")]
    [InlineData("\uFEFF\uFEFF{}", "The body is not valid JSON: the byte 0xEF is not expected (line 1, byte 1).")]
    [InlineData("", "The body is not valid JSON: it ends too early (line 1, byte 1).")]
    [InlineData("{\"model\": \"a\",\n", "The body is not valid JSON: it ends too early (line 2, byte 1).")]
    [InlineData("{\"model\": \"a", "The body is not valid JSON: it ends too early (line 1, byte 13).")]
    [InlineData("{\"model\": \"a\"}\n}", "The body is not valid JSON: '}' is not expected (line 2, byte 1).")]
    [InlineData("{\"model\": \"a\",}", "The body is not valid JSON: '}' is not expected (line 1, byte 15).")]
    [InlineData("{\"model\": \"\u0007\"}", "The body is not valid JSON: the byte 0x07 is not expected (line 1, byte 12).")]
    [InlineData("{'model': 1}", "The body is not valid JSON: ''' is not expected (line 1, byte 2).")]
    [InlineData("{\"n\": 01}", "The body is not valid JSON: '1' is not expected (line 1, byte 8).")]
    public async Task What_is_no_JSON_object_is_told_what_it_is(string json, string message)
    {
        ApiException refused = await Assert.ThrowsAsync<ApiException>(() => ReadAsync(json));
        Assert.Equal((400, message), (refused.Status, refused.Message));
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF8_are_refused()
    {
        ApiException refused = await Assert.ThrowsAsync<ApiException>(() => ReadAsync([.. "{\"model\": \""u8, 0xFF, .. "\"}"u8]));
        Assert.Equal((400, "The body is not valid UTF-8."), (refused.Status, refused.Message));
    }

    [Fact]
    public async Task Headers_and_length_are_looked_at_first()
    {
        ApiException typed = await Assert.ThrowsAsync<ApiException>(() => ReadAsync("{}"u8.ToArray(), "text/plain"));
        Assert.Equal(415, typed.Status);
        ApiException large = await Assert.ThrowsAsync<ApiException>(() => ReadAsync(new string(' ', MaxBytes) + "{"));
        Assert.Equal(413, large.Status);
    }

    /// <summary>Which of the two was meant is not known, so nothing else is said about the fields.</summary>
    [Fact]
    public async Task A_name_that_is_given_twice_ends_the_reading()
    {
        await Assert.ThrowsAsync<InvalidRequestException>(() => ReadAsync("""{"n": 1, "n": 2, "temperature": "x", "nobody": 1}"""));
        Assert.Equal(["n: is given twice"], _problems.Select(problem => problem.ToString()));
    }

    [Theory]
    [InlineData("temperature", "\"hot\"", "temperature: must be a number, not a string")]
    [InlineData("n", "\"2\"", "n: must be an integer, not a string")]
    [InlineData("seed", "1.5", "seed: must be an integer, not 1.5")]
    [InlineData("stream", "1", "stream: must be true or false, not 1")]
    [InlineData("model", "[]", "model: must be a string, not an array")]
    [InlineData("logit_bias", "[]", "logit_bias: must be an object, not an array")]
    [InlineData("logit_bias", "{\"5\": 1, \"7\": null}", "logit_bias.7: must be a number, not null")]
    [InlineData("stop_token_ids", "[1, \"x\"]", "stop_token_ids[1]: must be an integer, not a string")]
    [InlineData("stop_token_ids", "[1, [2], 3, 99999999999]", "stop_token_ids[1]: must be an integer, not an array")]
    [InlineData("stop_token_ids", "[99999999999]", "stop_token_ids[0]: must be an integer of at most 32 bits, not 99999999999")]
    [InlineData("bad_words", "[\"a\", 7]", "bad_words[1]: must be a string, not 7")]
    [InlineData("messages", "\"Hello\"", "messages: must be an array, not a string")]
    [InlineData("messages", "[[]]", "messages[0]: must be an object, not an array")]
    [InlineData("messages", "[{\"content\": 5}]",
        "messages[0].content: must be a string or an array of parts of the type \"text\", not 5")]
    [InlineData("stop", "[\"a\", null]", "stop: must be a string or an array of strings, not an array that has null")]
    [InlineData("stream_options", "{\"include_usage\": 1}", "stream_options.include_usage: must be true or false, not 1")]
    [InlineData("stop", "{}", "stop: must be a string or an array of strings, not an object")]
    [InlineData("messages", "[{\"role\": 1}]", "messages[0].role: must be a string, not 1")]
    public async Task A_wrong_type_is_told_the_right_one(string field, string value, string problem)
        => Assert.Equal([problem], await ProblemsAsync($$"""{"{{field}}": {{value}}}"""));

    [Fact]
    public async Task Every_fault_is_noted_and_in_the_order_of_the_fields()
    {
        string[] expected =
        [
            "nobody: unknown field", "stream: must be true or false, not 1", "n: must be an integer, not an array",
            "seed: must be an integer, not a string",
        ];
        Assert.Equal(expected, await ProblemsAsync("""{ "stream": 1 , "n": [1, {}] , "nobody": 1, "seed": "x" }"""));
    }

    [Fact]
    public async Task A_body_that_is_nested_too_deeply_is_refused_by_its_field()
    {
        string Nested(int depth) => $$"""{"messages": {{new string('[', depth)}}{{new string(']', depth)}}}""";
        InvalidRequestException refused = await Assert.ThrowsAsync<InvalidRequestException>(() => ReadAsync(Nested(32)));
        Assert.Equal("messages: has lists and objects in each other, deeper than 32", refused.Problems.ToString());
        _problems = [];
        Assert.Equal(["messages[0]: must be an object, not an array"], await ProblemsAsync(Nested(31)));
    }

    /// <summary>Two spellings would be one token, and of what is no token it is not known which was meant.</summary>
    [Theory]
    [InlineData("1.5", "is no token: names here must be token ids, whole numbers")]
    [InlineData("x", "is no token: names here must be token ids, whole numbers")]
    [InlineData("", "is no token: names here must be token ids, whole numbers")]
    [InlineData("99999999999", "is no token: names here must be token ids, whole numbers")]
    [InlineData("01", "write the token as 1")]
    [InlineData("+1", "write the token as 1")]
    public async Task Names_that_are_no_tokens_are_told_what_they_must_be(string name, string problem)
    {
        string[] expected = [$"logit_bias.{name}: {problem}", "n: must be an integer, not true"];
        Assert.Equal(expected, await ProblemsAsync($$"""{"logit_bias": {"1": 1, "{{name}}": 1}, "n": true}"""));
    }

    /// <summary>Each of them costs a reading of the whole body.</summary>
    [Theory]
    [InlineData(19, 20)]
    [InlineData(25, 26)]
    public async Task Faults_beyond_those_that_an_answer_lists_are_not_looked_for(int unknown, int noted)
    {
        string fields = string.Join(", ", Enumerable.Range(0, unknown).Select(i => $"\"nobody{i}\": 1"));
        InvalidRequestException refused = await Assert.ThrowsAsync<InvalidRequestException>(
            () => ReadAsync($$"""{{{fields}}, "stream": 1, "n": "x"}"""));
        Assert.Same(_problems, refused.Problems);
        Assert.Equal(noted, _problems.Count);
    }

    /// <summary>They are noted; what else is wrong is found before they are answered.</summary>
    private async Task<string[]> ProblemsAsync(string json)
    {
        Assert.NotNull(await ReadAsync(json));
        return [.. _problems.Select(problem => problem.ToString())];
    }

    private Task<ChatCompletionRequest> ReadAsync(string json) => ReadAsync(Encoding.UTF8.GetBytes(json));

    private Task<ChatCompletionRequest> ReadAsync(byte[] body, string type = "application/json")
    {
        HttpRequest request = new DefaultHttpContext().Request;
        (request.Body, request.ContentType) = (new MemoryStream(body), type);
        return new BodyReader(Options.Create(new ServerOptions { MaxBodyBytes = MaxBytes }))
            .ReadAsync(request, ServerJson.Wire.ChatCompletionRequest, _problems);
    }
}
