using System.CommandLine;
using System.Globalization;
using Alignment.Cli.Options;
using Alignment.Feedback.Export;
using Alignment.Feedback.Storage;
using Alignment.Training.Checkpoints;

namespace Alignment.Cli.Commands.Feedback;

/// <summary><c>feedback export</c>: feedback as training data.</summary>
internal sealed class ExportCommand : Command
{
    private const int ReportEvery = 10_000;

    private readonly Option<FileInfo> _database = FeedbackOptions.Database();

    private readonly Option<FileInfo> _output = FeedbackOptions.Output();
    private readonly Option<FeedbackFormat?> _format = FeedbackOptions.Format();
    private readonly Option<DateTimeOffset?> _since = FeedbackOptions.Time("--since", "Only answers of this time and later");
    private readonly Option<DateTimeOffset?> _until = FeedbackOptions.Time("--until", "Only answers before this time");

    private readonly Option<string?> _model = new("--model")
    {
        Description = "Only answers of this model and of the profiles over it, or of one profile: MODEL:PROFILE.",
    };

    public ExportCommand()
        : base("export", "Write feedback as training data: thumbs as unpaired rows, rankings and corrections as preference rows.")
    {
        Array.ForEach([_database, _output, _format, _since, _until, _model], (Option option) => Options.Add(option));
        SetAction(Run);
    }

    private void Run(ParseResult arguments)
    {
        TextWriter log = arguments.InvocationConfiguration.Output;
        string path = arguments.GetRequiredValue(_output).FullName;
        string source = arguments.GetRequiredValue(_database).FullName;
        if (path == source)
        {
            throw new UserMistakeException($"--output {path} is the database");
        }

        var selection = new FeedbackSelection(arguments.GetValue(_since), arguments.GetValue(_until), arguments.GetValue(_model));
        using FeedbackDatabase database = FeedbackDatabase.OpenExisting(source);
        (long unpaired, long preference) = FeedbackExport.Count(database, selection);
        FeedbackFormat format = arguments.GetValue(_format) ?? OnlyFormat(unpaired, preference);
        long rows = format == FeedbackFormat.Unpaired ? unpaired : preference;
        if (rows == 0)
        {
            throw new UserMistakeException($"there is nothing to export: {unpaired} unpaired rows and {preference} preference rows");
        }

        // What comes in meanwhile is in it too: what counts is what was written.
        long written = 0;
        AtomicFile.RemoveUnfinished(path);
        AtomicFile.Write(
            path, stream => written = FeedbackExport.Write(database, selection, format, stream, done => Report(done, rows, log)));
        log.WriteLine($"{path}: {written} {FeedbackOptions.Name(format)} rows; of the other kind there are {unpaired + preference - rows}");
    }

    private static void Report(long done, long rows, TextWriter log)
    {
        if (done % ReportEvery == 0)
        {
            log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"row {done}/{rows}"));
        }
    }

    /// <summary>A file has rows of one format: of two kinds of feedback neither is left out in silence.</summary>
    private static FeedbackFormat OnlyFormat(long unpaired, long preference) => unpaired > 0 && preference > 0
        ? throw new UserMistakeException(
            $"there are {unpaired} unpaired rows and {preference} preference rows: say --format, one file for each")
        : preference > 0 ? FeedbackFormat.Preference : FeedbackFormat.Unpaired;
}
