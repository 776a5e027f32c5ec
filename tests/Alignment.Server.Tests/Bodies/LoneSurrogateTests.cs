using System.Net;
using System.Text.Json.Nodes;

namespace Alignment.Server.Tests.Bodies;

/// <summary>Half a character in a text is U+FFFD; in a name it makes a name that nothing has. Nowhere is it a fault of ours.</summary>
public sealed class LoneSurrogateTests(TinyServer tiny) : IClassFixture<TinyServer>
{
    private const string Chat = "/v1/chat/completions";
    private const string Text = "/v1/completions";
    private const string Start = """{"model": "tiny", "seed": 1, "max_tokens": 3, "messages": [{"role": "user", "content": "x"}]""";
    private readonly RunningServer _server = tiny.Server;

    /// <summary>Every place where a body has a string, and whether it is a text that is accepted.</summary>
    public static TheoryData<string, string, bool> Places => new()
    {
        { Chat, """{"model": "tiny", "max_tokens": 3, "messages": [{"role": "user", "content": "*"}]}""", true },
        { Chat, """{"model": "tiny", "max_tokens":1, "messages": [{"role": "user", "content": [{"type": "text", "text": "*"}]}]}""", true },
        { Chat, """{"model": "tiny", "max_tokens": 3, "messages": [{"role": "user", "content": [{"type": "*", "text": "x"}]}]}""", false },
        { Chat, """{"model": "tiny", "max_tokens": 3, "messages": [{"role": "*", "content": "x"}]}""", false },
        { Chat, """{"model": "tiny", "max_tokens": 3, "messages": [{"role": "user", "content": "x", "*": 1}]}""", false },
        { Chat, """{"model": "*", "max_tokens": 3, "messages": [{"role": "user", "content": "x"}]}""", false },
        { Chat, """{"model": "tiny:*", "max_tokens": 3, "messages": [{"role": "user", "content": "x"}]}""", false },
        { Chat, Start + """, "*": 1}""", false },
        { Chat, Start + """, "*": 1, "*": 1}""", false },
        { Chat, Start + """, "user": "*"}""", true },
        { Chat, Start + """, "metadata": {"*": "*"}}""", true },
        { Chat, Start + """, "stop": "*"}""", true },
        { Chat, Start + """, "stop": ["a", "*"]}""", true },
        { Chat, Start + """, "logit_bias": {"*": 1}}""", false },
        { Chat, Start + """, "temperature": "*"}""", false },
        { Chat, Start + """, "alignment": "*"}""", false },
        { Chat, Start + """, "alignment": {"*": 1}}""", false },
        { Chat, Start + """, "alignment": {"guidance": [{"source": "*"}]}}""", false },
        { Chat, Start + """, "alignment": {"guidance": [{"source": "prompt", "text": "*"}]}}""", true },
        { Chat, Start + """, "alignment": {"guidance": [{"source": "head", "*": 1}]}}""", false },
        { Chat, Start + """, "alignment": {"search": {"method": "*"}}}""", false },
        { Chat, Start + """, "alignment": {"search": {"method": "best_of_n", "reward": [{"name": "*"}]}}}""", false },
        { Chat, Start + """, "alignment": {"search": {"method": "best_of_n", "reward": [{"name": "value", "transform": "*"}]}}}""", false },
        { Text, """{"model": "tiny", "max_tokens": 3, "prompt": "*"}""", true },
        { Text, """{"model": "tiny", "max_tokens": 3, "prompt": ["x", "*"]}""", true },
        { Text, """{"model": "tiny", "max_tokens": 3, "prompt": "x", "suffix": "*"}""", false },
        { "/tokenize", """{"model": "tiny", "prompt": "*"}""", true },
        { "/tokenize", """{"model": "tiny", "messages": [{"role": "user", "content": "*"}]}""", true },
        { "/detokenize", """{"model": "tiny", "tokens": ["*"]}""", false },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public async Task It_is_accepted_in_texts_and_refused_in_names(string path, string body, bool accepted)
    {
        foreach (string half in (string[])["\\ud83d", "a\\uD83D", "\\ude00b", "\\ude00\\ud83d", "\\ud83d\\u0041", "\\\\\\ud83d"])
        {
            using HttpResponseMessage response = await _server.SendAsync(path, body.Replace("*", half, StringComparison.Ordinal));
            if (accepted)
            {
                Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
            }
            else
            {
                await ErrorShape.OfAsync(response);
            }
        }

        Assert.True(_server.Log.Lines.IsEmpty, string.Join("\n", _server.Log.Lines.Take(3)));
    }

    [Fact]
    public async Task A_text_cut_inside_an_emoji_is_the_text_with_a_replacement_character()
    {
        JsonNode cut = await _server.PostAsync("/tokenize", """{"model": "tiny", "prompt": "Hi \ud83d"}""");
        JsonNode whole = await _server.PostAsync("/tokenize", """{"model": "tiny", "prompt": "Hi \ufffd"}""");
        Assert.Equal(whole["tokens"]!.ToJsonString(), cut["tokens"]!.ToJsonString());
    }

    [Theory]
    [InlineData("%ED%A0%BD")]
    [InlineData("%FF")]
    [InlineData("%EF%BF%BD")]
    [InlineData("%F0%9F%98%80")]
    [InlineData("%2F..%2F")]
    public async Task A_path_of_broken_characters_is_a_model_that_does_not_exist(string id)
    {
        using HttpResponseMessage response = await _server.Client.GetAsync(new Uri(_server.Url + "/v1/models/" + id));
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        await ErrorShape.OfAsync(response);
    }
}
