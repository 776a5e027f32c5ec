using Alignment.Tests;
using Alignment.Training.Data;
using Alignment.Training.Data.Documents;

namespace Alignment.Training.Tests.Data;

public sealed class DocumentReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Stories_are_split_at_their_separator()
    {
        Document[] documents = Read(SourceFormat.Stories, "One.", "", "Two.", "<|endoftext|>", "Three.", "<|endoftext|>");
        Assert.Equal([new Turn(null, "One.\n\nTwo.")], documents[0].Turns);
        Assert.Equal([new Turn(null, "Three.")], documents[1].Turns);
        Assert.Equal(2, documents.Length);
    }

    [Fact]
    public void A_book_is_cut_only_at_paragraph_ends_and_loses_nothing()
    {
        string[] paragraphs = [.. Enumerable.Range(0, 30).Select(i => $"{i} " + new string('x', 900))];
        Document[] documents = Read(SourceFormat.Book, [.. paragraphs.SelectMany(paragraph => new[] { paragraph, "" })]);
        Assert.InRange(documents.Length, 4, 7);
        Assert.Equal(string.Join("\n\n", paragraphs), string.Join("\n\n", documents.Select(document => document.Turns[0].Content)));
    }

    [Fact]
    public void Only_safe_completions_are_read()
    {
        Document document = Assert.Single(Read(
            SourceFormat.Unpaired, """{"prompt":"p","completion":"fine","label":true,"category":"c"}""", """{"prompt":"p","completio"""
                + """n":"rude","label":false,"category":"c"}"""));
        Assert.Equal([new Turn("user", "p"), new Turn("assistant", "fine")], document.Turns);
    }

    [Fact]
    public void Of_preferences_the_preferred_response_is_read_once()
    {
        Document document = Assert.Single(Read(
            SourceFormat.Ranks, """{"context":[["prompter","q"]],"chosen":"x","rejected":"y"}""", """{"context":["""
                + """["prompter","q"]],"chosen":"x","rejected":"z"}"""));
        Assert.Equal([new Turn("user", "q"), new Turn("assistant", "x")], document.Turns);
    }

    [Fact]
    public void All_problems_of_a_mix_are_reported_at_once()
    {
        File.WriteAllText(
            _folder.File("mix.json"), """{"sources":[{"path":"nowhere.gz","format":"poem","license":"MIT","weight":0,"held_out":2}]}""");
        string message = Assert.Throws<InvalidDataException>(() => DataMix.Load(_folder.File("mix.json"), _folder.Path)).Message;
        Assert.All(
            new[] { "nowhere.gz", "poem", "weight 0", "held_out 2" }, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    private Document[] Read(string format, params string[] lines) =>
        [.. DocumentReader.Read(_folder.Path, new MixSource(_folder.WriteGzip("rows.gz", lines), format, "test"))];
}
