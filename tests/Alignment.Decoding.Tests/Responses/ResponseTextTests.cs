using System.Text;
using System.Text.Json.Nodes;
using Alignment.Compute.Contract.NextToken;
using Alignment.Decoding.Responses;
using Alignment.Models.Tokenization;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Decoding.Tests.Responses;

/// <summary>Text and tokens of a response that are shown. The miniature tokenizer's tokens are bytes.</summary>
public sealed class ResponseTextTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Tokenizer _tokenizer;

    public ResponseTextTests()
    {
        TinyTokenizer.Write(_folder.Path);
        _tokenizer = Tokenizer.Load(_folder.Path);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("abcde", false, "ab", "ab")]
    [InlineData("abcde", true, "abcd", "abcd")]
    [InlineData("abccx", false, "abccx", "abccx")]
    [InlineData("abc", false, "abc", "abc")]
    [InlineData("abé", false, "abé", "abé")]
    [InlineData("cd", false, "", "")]
    public void Tokens_are_shown_as_far_as_the_text_is(string drawn, bool includesStop, string text, string tokens)
    {
        var response = new ResponseText(_tokenizer, ["cd"], includesStop);
        List<int> shown = [];
        string certain = "";
        foreach (byte token in Encoding.UTF8.GetBytes(drawn).TakeWhile(_ => !response.IsStopped))
        {
            string piece = response.Push(token, TokenTexts.Describe(_tokenizer, token, -1, []), mayStop: true);
            shown.AddRange(piece.Length > 0 ? response.TakeTokens().Select(described => described.Id) : []);
            certain += piece;
        }

        certain += response.Finish(mayStop: true);
        shown.AddRange(response.TakeTokens().Select(described => described.Id));
        Assert.Equal((text, text), (certain, response.Text));
        Assert.Equal(Encoding.UTF8.GetBytes(tokens).Select(token => (int)token), shown);
    }

    /// <summary>The token that ends in a stop string begins another character, which never comes.</summary>
    [Fact]
    public void Nothing_comes_behind_a_stop_string()
    {
        const int Both = TinyTokenizer.End + 1;
        JsonNode file = JsonNode.Parse(File.ReadAllText(_folder.File("tokenizer.json")))!;
        file["model"]!["vocab"]!["b\u00C3"] = Both; // the letter b and the first byte of an é
        File.WriteAllText(_folder.File("tokenizer.json"), file.ToJsonString());
        using Tokenizer tokenizer = Tokenizer.Load(_folder.Path);
        var response = new ResponseText(tokenizer, ["b"], includesStop: true);
        Assert.Equal("ab", response.Push('a', null, mayStop: true) + response.Push(Both, null, mayStop: true));
        Assert.Equal(("", "ab"), (response.Finish(mayStop: true), response.Text));
    }

    [Fact]
    public void Half_a_character_at_the_end_is_shown_as_broken_and_may_be_what_stops()
    {
        var response = new ResponseText(_tokenizer, [], includesStop: false);
        Assert.Equal("", response.Push(0xC3, null, mayStop: true));
        Assert.Equal("\uFFFD", response.Finish(mayStop: true));
        var stopping = new ResponseText(_tokenizer, ["\uFFFD"], includesStop: false);
        stopping.Push('a', null, mayStop: true);
        stopping.Push(0xC3, null, mayStop: true);
        Assert.Equal("", stopping.Finish(mayStop: true));
        Assert.True(stopping.IsStopped);
    }

    [Fact]
    public void A_token_is_described_with_its_text_and_those_beside_it()
    {
        GeneratedToken token = TokenTexts.Describe(_tokenizer, 'a', -0.5f, [new(0, -1), new('b', -2), TokenLogProbability.None]);
        Assert.Equal(("a", -0.5f), (token.Text, token.LogProbability));
        Assert.Equal("a"u8.ToArray(), token.Bytes);
        Assert.Equal([(0, "\0", -1f), ('b', "b", -2f)], token.Top.Select(entry => (entry.Id, entry.Text, entry.LogProbability)));
        Assert.Equal("<|end|>", TokenTexts.Text(_tokenizer, _tokenizer.VocabularySize - 1));
        Assert.Equal("", TokenTexts.Text(_tokenizer, _tokenizer.VocabularySize));
    }
}
