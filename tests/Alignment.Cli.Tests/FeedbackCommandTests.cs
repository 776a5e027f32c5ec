using Alignment.Feedback.Records;
using Alignment.Feedback.Storage;
using Alignment.Tests;

namespace Alignment.Cli.Tests;

public sealed class FeedbackCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _database;
    private readonly string _output;

    public FeedbackCommandTests()
    {
        (_database, _output) = (_folder.File("feedback.db"), _folder.File("rows.jsonl"));
        using FeedbackDatabase database = FeedbackDatabase.Open(_database);
        database.Together(() =>
        {
            Add(database, "old", "tiny", new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), isGood: true);
            Add(database, "new", "tiny:best", new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero), isGood: false);
            return true;
        });
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2)]
    [InlineData(1, "--since", "2026-03-01")]
    [InlineData(1, "--until", "2026-07-01T00:00:00Z")]
    [InlineData(2, "--model", "tiny", "--format", "unpaired")]
    [InlineData(1, "--model", "tiny:best")]
    public async Task What_is_selected_is_written_as_a_whole(int rows, params string[] selection)
    {
        (int code, string output, string error) = await ExportAsync(selection);
        Assert.True(code == 0, error);
        Assert.Contains($"{_output}: {rows} unpaired rows; of the other kind there are 0", output, StringComparison.Ordinal);
        Assert.Equal(rows, (await File.ReadAllLinesAsync(_output)).Length);
        Assert.Equal(
            ["feedback.db", "rows.jsonl"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("nothing to export: 0 unpaired rows and 0 preference rows", "--model", "other")]
    [InlineData("nothing to export: 2 unpaired rows and 0 preference rows", "--format", "preference")]
    [InlineData("--format must be unpaired or preference, not 'thumbs'", "--format", "thumbs")]
    [InlineData("--format must be unpaired or preference, not '1'", "--format", "1")]
    [InlineData("--since must be a time", "--since", "yesterday")]
    [InlineData("--output must be the path of a file, not ''", "--output", "")]
    [InlineData("--output must be the path of a file, not '/'", "--output", "/")]
    public async Task A_mistake_is_one_line_and_no_file(string message, params string[] arguments)
    {
        (int code, _, string error) = await ExportAsync(arguments);
        Assert.Equal(2, code);
        Assert.Contains(message, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.False(File.Exists(_output));
    }

    [Fact]
    public async Task Of_two_kinds_neither_is_left_out_in_silence()
    {
        using (FeedbackDatabase database = FeedbackDatabase.Open(_database))
        {
            database.Together(() => database.Add(
                new FeedbackRecord { CompletionId = "old", Tenant = "a", Created = default, Correction = "better" }));
        }

        (int code, _, string error) = await ExportAsync();
        Assert.Equal(2, code);
        Assert.Contains("2 unpaired rows and 1 preference rows: say --format", error, StringComparison.Ordinal);
        (code, string output, error) = await ExportAsync("--format", "preference");
        Assert.True(code == 0, error);
        Assert.Contains("1 preference rows; of the other kind there are 2", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_database_is_not_replaced_by_its_rows()
    {
        (int code, _, string error) = await CommandLineTests.RunAsync("feedback", "export", "--database", _database, "--output", _database);
        Assert.Equal(2, code);
        Assert.Contains("is the database", error, StringComparison.Ordinal);
        Assert.Null(FeedbackDatabase.Problem(_database));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_left_as_it_is()
    {
        await File.WriteAllTextAsync(_database, new string('n', 5000));
        (int code, _, string error) = await ExportAsync();
        Assert.Equal(2, code);
        Assert.Contains("is another kind of file", error, StringComparison.Ordinal);
        Assert.Equal(5000, new FileInfo(_database).Length);
    }

    [Fact]
    public async Task A_key_s_answers_can_be_deleted()
    {
        (int code, string output, _) = await CommandLineTests.RunAsync("feedback", "delete", "--database", _database, "--tenant", "b");
        Assert.Equal((0, "0 answers deleted, with what was said of them"), (code, output.TrimEnd()));
        (code, output, _) = await CommandLineTests.RunAsync("feedback", "delete", "--database", _database, "--tenant", "a");
        Assert.Equal((0, "2 answers deleted, with what was said of them"), (code, output.TrimEnd()));
        (_, _, string error) = await ExportAsync();
        Assert.Contains("nothing to export", error, StringComparison.Ordinal);
    }

    private static void Add(FeedbackDatabase database, string id, string model, DateTimeOffset created, bool isGood)
    {
        database.Add(new CompletionRecord
        {
            Id = id,
            Tenant = "a",
            Model = model,
            Settings = "",
            Created = created,
            Messages = [new MessageRecord("user", "Hi!")],
            Choices = [$"Answer {id}."],
        });
        database.Add(new FeedbackRecord { CompletionId = id, Tenant = "a", Created = created, IsGood = isGood });
    }

    private Task<(int Code, string Output, string Error)> ExportAsync(params string[] arguments)
    {
        string[] output = arguments.Contains("--output") ? [] : ["--output", _output];
        return CommandLineTests.RunAsync(["feedback", "export", "--database", _database, .. output, .. arguments]);
    }
}
