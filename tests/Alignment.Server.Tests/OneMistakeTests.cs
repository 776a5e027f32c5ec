using System.Net;
using System.Text.Json.Nodes;

namespace Alignment.Server.Tests;

/// <summary>One mistake of a client is one problem, and two are two.</summary>
public sealed class OneMistakeTests(TinyServer tiny) : IClassFixture<TinyServer>
{
    private const string Chat = "/v1/chat/completions";
    private const string Completion = "/v1/completions";
    private const string Tokenize = "/tokenize";
    private const string Hi = """ "messages": [{"role": "user", "content": "hi"}] """;
    private const string Part = "must be a string or an array of parts of the type \"text\"";

    [Theory]
    [InlineData("[[[[]]]]")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")]
    [InlineData(" [{\"model\": 1, \"model\": 2}]")]
    [InlineData("\"model\"")]
    [InlineData("7")]
    public async Task A_body_that_is_no_object_is_told_so(string body)
        => Assert.Equal("The body must be a JSON object.", await RefusalAsync(Chat, body));

    [Theory]
    [InlineData("messages[0].content[0].image_url: only text is supported", """ [{"type": "image_url", "image_url": {"url": "x"}}] """)]
    [InlineData(
        "messages[0].content[1].input_audio: only text is supported",
        """ [{"type": "text", "text": "x"}, {"type": "a", "input_audio": {}}] """)]
    [InlineData("messages[0].content[0].txt: unknown field; did you mean 'text'?", """ [{"type": "text", "txt": "x"}] """)]
    [InlineData($"messages[0].content: {Part}: {{\"type\": \"text\", \"text\": ...}}", """ [{"type": "text"}] """)]
    public async Task A_part_that_is_no_text(string problem, string content)
        => Assert.Equal(
            problem, await RefusalAsync(Chat, $$"""{"model": "tiny", "messages": [{"role": "user", "content": {{content}}}]}"""));

    [Theory]
    [InlineData("messages[0].tool_call_id: tool calls are not supported", """ "role": "tool", "content": "x", "tool_call_id": "1" """)]
    [InlineData("messages[0].tool_calls: tool calls are not supported", """ "role": "assistant", "content": null, "tool_calls": [{}] """)]
    [InlineData("messages[0].refusal: write it into the content", """ "role": "assistant", "refusal": "No." """)]
    [InlineData("messages[0].contnt: unknown field; did you mean 'content'?", """ "role": "user", "contnt": "x" """)]
    [InlineData(
        "messages[0].x: unknown field; messages[0].role: must be system, developer, user or assistant",
        """ "x": "user", "content": "x" """)]
    [InlineData("messages[0].content: is required", """ "role": "assistant", "tool_calls": [] """)]
    [InlineData(
        "messages[0].name: names of speakers are not in the prompt; write them into the content; messages[0].content: is required",
        """ "role": "user", "name": "x" """)]
    public async Task A_message_that_is_something_else(string problems, string message)
        => Assert.Equal(problems, await RefusalAsync(Chat, $$"""{"model": "tiny", "messages": [{{{message}}}]}"""));

    [Theory]
    [InlineData(Chat, "modle: unknown field; did you mean 'model'?", """{"modle": "tiny", HI}""")]
    [InlineData(Chat, "mesages: unknown field; did you mean 'messages'?", """{"model": "tiny", "mesages": []}""")]
    [InlineData(Completion, "promt: unknown field; did you mean 'prompt'?", """{"model": "tiny", "promt": "x"}""")]
    [InlineData(Tokenize, "promt: unknown field; did you mean 'prompt'?", """{"model": "tiny", "promt": "x"}""")]
    [InlineData(Tokenize, "content: use prompt", """{"model": "tiny", "content": "x"}""")]
    [InlineData("/detokenize", "token: unknown field; did you mean 'tokens'?", """{"model": "tiny", "token": [1]}""")]
    [InlineData("/detokenize", "x: unknown field; tokens: is required", """{"model": "tiny", "x": [1]}""")]
    [InlineData(Chat, "top_logprobs: needs logprobs: true", """{"model": "tiny", HI, "top_logprobs": 2}""")]
    [InlineData(Chat, "logprob: unknown field; did you mean 'logprobs'?", """{"model": "tiny", HI, "top_logprobs": 2, "logprob": true}""")]
    public async Task A_misspelt_field_is_not_missing_too(string path, string problems, string body)
        => Assert.Equal(problems, await RefusalAsync(path, body.Replace("HI", Hi, StringComparison.Ordinal)));

    [Theory]
    [InlineData("prompt: is required, or messages", "")]
    [InlineData("prompt: is required, or messages", """, "add_generation_prompt": true""")]
    [InlineData("prompt: and messages exclude each other", """, "prompt": "x", "messages": []""")]
    [InlineData("prompt: and messages exclude each other", """, "prompt": "x", "messages": [{}]""")]
    [InlineData("prompt: must be a string, not 5", """, "prompt": 5""")]
    [InlineData("messages: must be an array, not 5", """, "messages": 5, "continue_final_message": true""")]
    [InlineData(
        "messages: are required with add_generation_prompt and continue_final_message",
        """, "prompt": "x", "continue_final_message": true""")]
    public async Task What_to_tokenize(string problem, string fields)
        => Assert.Equal(problem, await RefusalAsync(Tokenize, $$"""{"model": "tiny"{{fields}}}"""));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public async Task A_last_message_that_cannot_be_continued(string content)
    {
        string conversation = $$"""[{"role": "user", "content": "hi"}, {"role": "assistant", "content": "{{content}}"}]""";
        string body = $$"""{"model": "tiny", "messages": {{conversation}}, "continue_final_message": true}""";
        string refusal = await RefusalAsync(Chat, body);
        Assert.StartsWith("continue_final_message: the last message is blank, or", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("; ", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alignment.guidance[0].source: is required: ", """ "guidance": [{"text": "x", "weight": 1}] """)]
    [InlineData("alignment.guidance[0].source: must be a string, not 5", """ "guidance": [{"source": 5, "text": "x"}] """)]
    [InlineData("alignment.guidance[0].source: 'nobody' does not exist", """ "guidance": [{"source": "nobody", "text": "x"}] """)]
    [InlineData(
        "alignment.search.n: must be an integer", """ "search": {"method": "best_of_n", "n": "x", "reward": [{"name": "value"}]} """)]
    [InlineData("alignment.search.method: 'x' does not exist", """ "search": {"method": "x", "n": 1, "reward": [{"name": "value"}]} """)]
    public async Task An_alignment_that_names_what_is_not_there(string problem, string alignment)
    {
        string refusal = await RefusalAsync(Chat, $$$"""{"model": "tiny", {{{Hi}}}, "n": 5, "alignment": {{{{alignment}}}}}""");
        Assert.StartsWith(problem, refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("; alignment.guidance", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("; n: ", refusal, StringComparison.Ordinal);
    }

    private async Task<string> RefusalAsync(string path, string body)
    {
        using HttpResponseMessage response = await tiny.Server.SendAsync(path, body);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.BadRequest, text);
        return (string)JsonNode.Parse(text)!["error"]!["message"]!;
    }
}
