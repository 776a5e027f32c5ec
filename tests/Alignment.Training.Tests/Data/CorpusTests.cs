using System.Text.Json;
using Alignment.Tests;
using Alignment.Training.Data;
using Alignment.Training.Data.Documents;

namespace Alignment.Training.Tests.Data;

/// <summary>What a language model may learn from, where some texts are kept apart from it.</summary>
public sealed class CorpusTests : IDisposable
{
    private const string Words = "it rained on the day when my uncle from Lyon came with his four";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_begins_like_a_row_kept_apart_is_left_out()
    {
        Corpus corpus = Read(
            [Dialogue("Where is OSLO?", "North."), Dialogue("where is rome", "South.")], Pair("Where is Oslo", "In Norway.", "No."));
        Assert.Equal(["where is rome"], corpus.Training.Select(document => document.Turns[0].Content));
        Assert.Equal(new LeftOutDocuments("rows.jsonl.gz", 1, 0), Assert.Single(corpus.LeftOut));
    }

    [Theory]
    [InlineData("chosen")]
    [InlineData("rejected")]
    [InlineData("prompt")]
    public void Thirteen_words_in_a_row_are_a_near_duplicate_wherever_they_stand(string place)
    {
        string Text(string at) => at == place ? $"So {Words} dogs." : $"{at} only";
        string spelled = Words.Replace("uncle", "UNCLE,", StringComparison.Ordinal);
        string twelve = Words[..Words.LastIndexOf("with", StringComparison.Ordinal)];
        Corpus corpus = Read(
            [Dialogue("a", spelled), Dialogue("b", twelve), Dialogue("c", Words[..20], Words[20..])],
            Pair(Text("prompt"), Text("chosen"), Text("rejected")));
        Assert.Equal(["b"], corpus.Training.Select(document => document.Turns[0].Content));
        Assert.Equal(new LeftOutDocuments("rows.jsonl.gz", 0, 2), Assert.Single(corpus.LeftOut));
    }

    /// <summary>Ten documents may be copies of each other; a phrase of eleven is nobody's.</summary>
    [Theory]
    [InlineData(Corpus.MostDocuments, 0)]
    [InlineData(Corpus.MostDocuments + 1, Corpus.MostDocuments + 1)]
    public void What_many_documents_say_is_no_copy(int documents, int kept)
    {
        IEnumerable<string> rows = Enumerable.Range(0, documents).Select(i => Dialogue($"question {i}", $"{Words} cats."));
        Assert.Equal(kept, Read([.. rows], Pair("x", $"{Words} cats.", "no")).Training.Count);
    }

    [Fact]
    public void Training_shares_no_words_with_what_is_held_out()
    {
        string[] rows = [.. Enumerable.Range(0, 200).Select(i => Dialogue($"question {i}", $"{Story(i % 50)} says {i}"))];
        Corpus corpus = Read(rows, Pair("x", "y", "z"), heldOut: 0.1);
        Assert.InRange(corpus.HeldOut.Count, 8, 40);
        string[] heldOut = [.. corpus.HeldOut.Select(document => document.Turns[1].Content.Split(" says ")[0])];
        Assert.NotEmpty(corpus.Training);
        Assert.All(corpus.Training, document => Assert.DoesNotContain(document.Turns[1].Content.Split(" says ")[0], heldOut));
        Assert.Equal(200, corpus.Training.Count + corpus.HeldOut.Count + corpus.LeftOut[0].SharedWords);
    }

    /// <summary>Nothing good was said in this context, so no pair shows what was.</summary>
    [Fact]
    public void What_was_judged_alone_is_kept_apart_too()
    {
        string context = JsonSerializer.Serialize(new[] { new { role = "user", text = "Some tea" } });
        string generation = JsonSerializer.Serialize(new { role = "agent", text = $"{Words} cats." });
        string row = JsonSerializer.Serialize(new { context, generation, reward = 0 });
        Corpus corpus = Read([Dialogue("a", Words), Dialogue("SOME tea!", "b"), Dialogue("c", "d")], row, format: SourceFormat.Feedback);
        Assert.Equal(["c"], corpus.Training.Select(document => document.Turns[0].Content));
    }

    [Fact]
    public void A_missing_mix_to_keep_apart_is_named()
    {
        _folder.WriteGzip("rows.jsonl.gz", Dialogue("a", "b"));
        File.WriteAllText(_folder.File("mix.json"), """{"sources": [{"path": "rows.jsonl.gz"}], "apart": ["nowhere.json"]}""");
        string message = Assert.Throws<InvalidDataException>(() => DataMix.Load(_folder.File("mix.json"), _folder.Path)).Message;
        Assert.Contains("apart 'nowhere.json' is not in", message, StringComparison.Ordinal);
    }

    /// <summary>Fourteen words that no other number has.</summary>
    private static string Story(int number) => string.Join(' ', Enumerable.Range(0, 14).Select(i => $"w{number}x{i}"));

    private static string Dialogue(params string[] turns) => JsonSerializer.Serialize(
        new { messages = turns.Select((turn, i) => new { role = i % 2 == 0 ? Turn.User : Turn.Assistant, content = turn }) });

    private static string Pair(string prompt, string chosen, string rejected) =>
        JsonSerializer.Serialize(new { prompt, chosen, rejected });

    private Corpus Read(string[] rows, string pair, double heldOut = 0, string format = SourceFormat.Preference)
    {
        _folder.WriteGzip("rows.jsonl.gz", rows);
        _folder.WriteGzip("pairs.jsonl.gz", pair);
        File.WriteAllText(_folder.File("pairs.json"), JsonSerializer.Serialize(
            new { sources = new[] { new { path = "pairs.jsonl.gz", format, held_out = 0 } } }));
        File.WriteAllText(_folder.File("mix.json"), JsonSerializer.Serialize(
            new { sources = new[] { new { path = "rows.jsonl.gz", held_out = heldOut } }, apart = new[] { "pairs.json" } }));
        return Corpus.Read(DataMix.Load(_folder.File("mix.json"), _folder.Path));
    }
}
