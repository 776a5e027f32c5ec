using Alignment.Models.Tokenization;
using Alignment.Tests;

namespace Alignment.Models.Tests.Tokenization;

/// <summary>A tokenizer.json from a stranger is read or refused by file and field.</summary>
public sealed class HostileTokenizerTests
{
    [Theory]
    [InlineData("", "size")]
    [InlineData("[]", "root")]
    [InlineData("{}", "model: is missing")]
    [InlineData("""{"model": {"type": "Unigram"}}""", "model.type")]
    [InlineData("""{"model": {"vocab": [], "merges": []}}""", "model.vocab")]
    [InlineData("""{"model": {"vocab": {"a": -1}, "merges": []}}""", "model.vocab.a")]
    [InlineData("""{"model": {"vocab": {"a": 99999999999}, "merges": []}}""", "model.vocab.a")]
    [InlineData("""{"model": {"vocab": {"a": 0}, "merges": ["a b"]}}""", "model.merges[0]")]
    [InlineData("""{"model": {"vocab": {"a": 0}, "merges": [["a"]]}}""", "model.merges[0]")]
    [InlineData("""{"added_tokens": [{"id": 4000000000, "content": "x"}], "model": {"vocab": {}, "merges": []}}""", "added_tokens[0].id")]
    [InlineData("""{"pre_tokenizer": {"type": "Lua"}, "model": {"vocab": {}, "merges": []}}""", "pre_tokenizer.type")]
    [InlineData(
        """{"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(("}}, "model": {"vocab": {}, "merges": []}}""",
        "pre_tokenizer.pattern.Regex")]
    [InlineData(
        """{"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "\\R"}}, "model": {"vocab": {}, "merges": []}}""",
        "pre_tokenizer.pattern.Regex: the expression cannot be used: at character 2: \\R")]
    [InlineData(
        """{"normalizer": {"type": "Replace", "pattern": {"Regex": "(a)\\1"}, "content": ""}, "model": {"vocab": {}, "merges": []}}""",
        "normalizer.pattern.Regex")]
    [InlineData("""{"model": {"dropout": 0.1, "vocab": {}, "merges": []}}""", "model.dropout")]
    [InlineData(
        """{"normalizer": {"type": "Sequence", "normalizers": [3]}, "model": {"vocab": {}, "merges": []}}""", "normalizer.normalizers")]
    [InlineData("""{"decoder": {"type": "WordPiece"}, "model": {"vocab": {}, "merges": []}}""", "decoder.type")]
    public void Damage_is_named(string json, string field)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer.json"), json);
        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.Path));
        Assert.Contains("tokenizer.json", fault.Message, StringComparison.Ordinal);
        Assert.Contains(field, fault.Message, StringComparison.Ordinal);
    }

    /// <summary>Without a pre-tokenizer a whole text is one word; the scratch that is left behind is of use for the next one.</summary>
    [Fact]
    public void An_encoding_that_nobody_waits_for_ends()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer.json"), """{"model": {"vocab": {"a": 0, "aa": 1}, "merges": ["a a"]}}""");
        using Tokenizer tokenizer = Tokenizer.Load(folder.Path);
        Exception? ended = null;

        // Longer until it takes longer than the client stays: how fast it is, and how late the client leaves, is the machine's business.
        for (int length = 1 << 20; ended is null && length <= 1 << 24; length *= 2)
        {
            ended = Record.Exception(() => EncodeAndLeave(tokenizer, new string('a', length)));
        }

        Assert.IsAssignableFrom<OperationCanceledException>(ended);
        Assert.Throws<OperationCanceledException>(() => tokenizer.Encode("a", [], cancellation: new CancellationToken(canceled: true)));
        Assert.All(tokenizer.Encode(new string('a', 1 << 20)), id => Assert.Equal(1, id));
    }

    /// <summary>The client leaves a millisecond after the encoding has begun.</summary>
    private static void EncodeAndLeave(Tokenizer tokenizer, string text)
    {
        using CancellationTokenSource leaving = new();
        var client = new Thread(() =>
        {
            Thread.Sleep(1);
            leaving.Cancel();
        });
        client.Start();
        try
        {
            tokenizer.Encode(text, cancellation: leaving.Token);
        }
        finally
        {
            client.Join();
        }
    }

    [Fact]
    public void A_backtracking_expression_is_matched_in_linear_time()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(
            folder.File("tokenizer.json"),
            """{"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(a+)+$"}}, "model": {"vocab": {"a": 0, "b": 1}, "merges": []}}""");
        using Tokenizer tokenizer = Tokenizer.Load(folder.Path);
        Assert.Equal(30_001, tokenizer.Encode(new string('a', 30_000) + "b").Length);
    }
}
