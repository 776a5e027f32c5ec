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
    private readonly ProblemCollection _problems = [];

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
    [InlineData("{\n  \"model\": NaN\n}", "The body is not valid JSON: 'N' is an invalid start of a value (line 2, byte 12).")]
    [InlineData("\uFEFF\uFEFF{}", "The body is not valid JSON: '0xEF' is an invalid start of a value (line 1, byte 1).")]
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
    [InlineData("temperature", "\"hot\"", "temperature: must be a number")]
    [InlineData("n", "\"2\"", "n: must be an integer")]
    [InlineData("seed", "1.5", "seed: must be an integer")]
    [InlineData("stream", "1", "stream: must be true or false")]
    [InlineData("model", "[]", "model: must be a string")]
    [InlineData("logit_bias", "[]", "logit_bias: has the wrong type")]
    [InlineData("stop_token_ids", "[1, \"x\"]", "stop_token_ids[1]: has the wrong type")]
    [InlineData("stream_options", "{\"include_usage\": 1}", "stream_options.include_usage: has the wrong type")]
    [InlineData("stop", "{}", "stop: must be a string or an array of strings")]
    [InlineData("messages", "[{\"role\": 1}]", "messages[0].role: has the wrong type")]
    public async Task A_wrong_type_is_told_the_right_one(string field, string value, string problem)
        => Assert.Equal([problem], await ProblemsAsync($$"""{"{{field}}": {{value}}}"""));

    [Fact]
    public async Task Every_fault_is_noted_and_in_the_order_of_the_fields()
    {
        string[] expected = ["nobody: unknown field", "stream: must be true or false", "n: must be an integer", "seed: must be an integer"];
        Assert.Equal(expected, await ProblemsAsync("""{ "stream": 1 , "n": [1, {}] , "nobody": 1, "seed": "x" }"""));
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
