using System.Text;
using Alignment.Models.Tokenization;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Models.Tests.Tokenization;

/// <summary>Nothing is lost on the way to ids and back, whole or token by token.</summary>
public sealed class RoundTripTests
{
    private const int RandomTexts = 100_000;

    [Fact]
    public void Random_unicode_survives_byte_level_bpe()
    {
        using Tokenizer tokenizer = Tokenizer.Load(Path.Combine(RepositoryPaths.Root, "models", "tiny-chat"));
        CheckRandomTexts(tokenizer);
    }

    [SharedDataFact("tokenizers/hf_phi-3_tokenizer.json")]
    public void Random_unicode_survives_byte_fallback()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(RepositoryPaths.SharedData, "tokenizers/hf_phi-3_tokenizer.json"), folder.File("tokenizer.json"));
        using Tokenizer tokenizer = Tokenizer.Load(folder.Path);
        CheckRandomTexts(tokenizer);
    }

    [Fact]
    public void A_stream_shows_a_character_when_it_is_complete()
    {
        using var folder = new TemporaryFolder();
        TinyTokenizer.Write(folder.Path);
        using Tokenizer tokenizer = Tokenizer.Load(folder.Path);
        TokenDecoder decoder = tokenizer.CreateDecoder();
        byte[] bytes = Encoding.UTF8.GetBytes("é😀");
        string[] pieces = [.. bytes.Select(value => decoder.Push(value))];
        Assert.Equal(["", "é", "", "", "", "😀"], pieces);
        Assert.Equal("", decoder.Push(0xF0));
        Assert.Equal("\ufffd", decoder.Flush());
        Assert.Equal("a", decoder.Push('a'));
    }

    [Fact]
    public void Control_tokens_appear_only_where_they_are_asked_for()
    {
        using var folder = new TemporaryFolder();
        TinyTokenizer.Write(folder.Path);
        using Tokenizer tokenizer = Tokenizer.Load(folder.Path);
        Assert.Equal([TinyTokenizer.User, 'a', TinyTokenizer.End], tokenizer.Encode("<|user|>a<|end|>"));
        Assert.Equal("<|user|>a<|end|>".Length, tokenizer.Encode("<|user|>a<|end|>", parseSpecialTokens: false).Length);
        Assert.Equal("a", tokenizer.Decode([TinyTokenizer.User, 'a', TinyTokenizer.End]));
        Assert.Equal("<|user|>a<|end|>", tokenizer.Decode([TinyTokenizer.User, 'a', TinyTokenizer.End], skipSpecialTokens: false));
    }

    private static void CheckRandomTexts(Tokenizer tokenizer)
    {
        for (int i = 0; i < RandomTexts; i++)
        {
            // SentencePiece spells a space as U+2581, so that character itself cannot survive.
            string text = TextCorpus.Random((ulong)i).Replace('\u2581', ' ');
            Assert.Equal(
                text,
                tokenizer.Decode(tokenizer.Encode(text, addSpecialTokens: false, parseSpecialTokens: false), skipSpecialTokens: false));
        }
    }
}
