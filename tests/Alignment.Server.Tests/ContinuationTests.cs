using System.Net;
using System.Text.Json.Nodes;

namespace Alignment.Server.Tests;

/// <summary>
/// Where the text of a conversation ends: <c>add_generation_prompt</c> and <c>continue_final_message</c>, as transformers has them.
/// </summary>
public sealed class ContinuationTests(TinyServer tiny) : IClassFixture<TinyServer>
{
    private const string Chat = "/v1/chat/completions";

    // The miniature's tokens are bytes and these.
    private const int End = 260;
    private const int Assistant = 259;

    private readonly RunningServer _server = tiny.Server;

    [Theory]
    [InlineData("", new[] { 'b', End, Assistant })]
    [InlineData(""", "add_generation_prompt": null, "continue_final_message": false """, new[] { 'b', End, Assistant })]
    [InlineData(""", "add_generation_prompt": true """, new[] { 'b', End, Assistant })]
    [InlineData(""", "add_generation_prompt": false """, new[] { 'a', 'b', End })]
    [InlineData(""", "continue_final_message": true """, new[] { Assistant, 'a', 'b' })]
    [InlineData(""", "continue_final_message": true, "add_generation_prompt": false """, new[] { Assistant, 'a', 'b' })]
    public async Task A_conversation_ends_where_it_is_told_in_tokens_and_in_answers(string fields, int[] end)
    {
        int[] tokens = await TokensAsync(fields);
        Assert.Equal(end, tokens[^3..]);
        const string Sampling = """ "model": "tiny", "seed": 3, "max_tokens": 12, "ignore_eos": true """;
        JsonNode chat = await _server.PostAsync(Chat, $"{{{Sampling}, {Messages("ab")}{fields}}}");
        JsonNode raw = await _server.PostAsync("/v1/completions", $"{{{Sampling}, \"prompt\": [{string.Join(',', tokens)}]}}");
        Assert.Equal((string?)raw["choices"]![0]!["text"], (string?)chat["choices"]![0]!["message"]!["content"]);
        Assert.Equal(tokens.Length, (int)chat["usage"]!["prompt_tokens"]!);
    }

    [Theory]
    [InlineData(Chat, "continue_final_message", "ab", """, "continue_final_message": true, "add_generation_prompt": true """)]
    [InlineData("/tokenize", "continue_final_message", "ab", """, "continue_final_message": true, "add_generation_prompt": true """)]
    [InlineData(Chat, "continue_final_message", " ", """, "continue_final_message": true """)]
    [InlineData("/tokenize", "continue_final_message", "", """, "continue_final_message": true """)]
    public async Task What_contradicts_itself_or_has_nothing_to_continue_is_refused(
        string path, string field, string content, string fields)
    {
        string message = await RefusalAsync(path, $$"""{"model": "tiny", {{Messages(content)}}{{fields}}}""");
        Assert.StartsWith($"{field}: ", message, StringComparison.Ordinal);
    }

    /// <summary>The answer is the assistant's: it cannot go on with what another has said.</summary>
    [Theory]
    [InlineData(Chat), InlineData("/tokenize")]
    public async Task Another_s_turn_cannot_be_continued(string path)
    {
        string message = await RefusalAsync(
            path, """{"model": "tiny", "messages": [{"role": "user", "content": "ab"}], "continue_final_message": true}""");
        Assert.Equal(
            "continue_final_message: the last message is the user's; only one of the assistant can be continued", message);
    }

    [Theory]
    [InlineData("add_generation_prompt")]
    [InlineData("continue_final_message")]
    public async Task A_text_has_no_turns_to_open_or_continue(string field)
    {
        string message = await RefusalAsync("/tokenize", $$"""{"model": "tiny", "prompt": "x", "{{field}}": false}""");
        Assert.StartsWith("messages: ", message, StringComparison.Ordinal);
    }

    private static string Messages(string last)
        => $$""" "messages": [{"role": "user", "content": "ab"}, {"role": "assistant", "content": "{{last}}"}] """;

    private async Task<int[]> TokensAsync(string fields)
    {
        JsonNode answer = await _server.PostAsync("/tokenize", $$"""{"model": "tiny", {{Messages("ab")}}{{fields}}}""");
        return [.. answer["tokens"]!.AsArray().Select(token => (int)token!)];
    }

    private async Task<string> RefusalAsync(string path, string body)
    {
        using HttpResponseMessage response = await _server.SendAsync(path, body);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.BadRequest, text);
        return (string)JsonNode.Parse(text)!["error"]!["message"]!;
    }
}
