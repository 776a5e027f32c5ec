using System.Text;
using System.Text.Json.Nodes;
using Alignment.Feedback.Export;
using Alignment.Feedback.Storage;
using Alignment.Tests;
using Alignment.Training.Data;
using Alignment.Training.Data.Preferences;

namespace Alignment.Feedback.Tests;

/// <summary>What is exported is read by the readers of training as it is.</summary>
public sealed class FeedbackExportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FeedbackDatabase _database;

    public FeedbackExportTests() => _database = FeedbackDatabase.Open(_folder.File("feedback.db"));

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Thumbs_are_unpaired_rows_of_which_the_last_counts()
    {
        _database.Put(Samples.Completion("c", choices: ["\n\nHuman: one", "two", "three"]), Samples.Completion("d"));
        _database.Put(Samples.Thumb("c", true, 1));
        _database.Put(Samples.Thumb("c", true, 0));
        _database.Put(Samples.Thumb("c", false, 1));
        _database.Put(Samples.Thumb("d", false));
        IReadOnlyList<PreferencePair> pairs = Read(FeedbackFormat.Unpaired);
        Assert.Contains(pairs, pair => (pair.Chosen, pair.Rejected, pair.Weight) == ("Human: one", "two", 1f));
        Assert.All(pairs, pair => Assert.Equal([Turn.System, Turn.User], pair.Prompt.Select(turn => turn.Role)));
        Assert.Equal((3, 0), FeedbackExport.Count(_database, FeedbackSelection.All));
    }

    [Fact]
    public void Rankings_are_all_their_pairs_and_a_correction_is_better_than_what_it_corrects()
    {
        _database.Put(Samples.Completion("c", choices: ["one", "two", "three", "three"]));
        _database.Put(Samples.Ranking("c", 0, 1));
        _database.Put(Samples.Ranking("c", 2, 0, 1, 3));
        _database.Put(Samples.Correction("c", "best", 1));
        IReadOnlyList<PreferencePair> pairs = Read(FeedbackFormat.Preference);
        Assert.Equal(
            [("best", "two"), ("three", "one"), ("three", "two"), ("one", "two"), ("one", "three"), ("two", "three")],
            pairs.Select(pair => (pair.Chosen, pair.Rejected)));
        Assert.All(pairs, pair => Assert.Equal("Question of c?", pair.Prompt[^1].Content));
        Assert.Equal((0, 6), FeedbackExport.Count(_database, FeedbackSelection.All));
    }

    [Fact]
    public void A_row_says_where_it_comes_from()
    {
        _database.Put(Samples.Completion("c", model: "tiny:best"));
        _database.Put(Samples.Thumb("c", true));
        List<long> progress = [];
        JsonNode row = JsonNode.Parse(Write(FeedbackFormat.Unpaired, progress))!;
        Assert.Equal(
            ("c", "tiny:best", "a", Samples.Noon.ToUnixTimeSeconds()),
            ((string)row["completion_id"]!, (string)row["model"]!, (string)row["tenant"]!, (long)row["created"]!));
        Assert.Equal([1], progress);
    }

    private IReadOnlyList<PreferencePair> Read(FeedbackFormat format)
    {
        File.WriteAllText(_folder.File("rows.jsonl"), Write(format, []));
        return PreferenceReader.Read(_folder.Path, new MixSource("rows.jsonl", HeldOut: 0));
    }

    private string Write(FeedbackFormat format, List<long> progress)
    {
        using var output = new MemoryStream();
        FeedbackExport.Write(_database, FeedbackSelection.All, format, output, progress.Add);
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
