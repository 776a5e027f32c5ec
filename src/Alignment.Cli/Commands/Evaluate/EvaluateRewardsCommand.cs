using System.CommandLine;
using System.Globalization;
using Alignment.Cli.Options;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Scoring;
using Alignment.Hosting;
using Alignment.Inference;
using Alignment.Training.Data;
using Alignment.Training.Evaluation;

namespace Alignment.Cli.Commands.Evaluate;

/// <summary><c>evaluate rewards</c>: every figure of a model's rewards on preferences that somebody else collected.</summary>
internal sealed class EvaluateRewardsCommand : Command
{
    /// <summary>Tokens of a pass: nobody waits for a single one.</summary>
    private const int PassRows = 512;

    private readonly EvaluationOptions _options = new();

    public EvaluateRewardsCommand()
        : base("rewards", "Measure a model's heads and adapters on preferences, as the server would score the responses.")
    {
        _options.AddTo(this);
        SetAction(RunAsync);
    }

    private async Task RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        // What is asked for, and the data, are checked before weights are read.
        TextWriter error = arguments.InvocationConfiguration.Error;
        IReadOnlyList<(string Name, ScorerName Scorer)> scorers = _options.Scorers(arguments);
        IReadOnlyList<double> shares = _options.Shares(arguments);
        Comparison[] comparisons = Compared(_options.Data(arguments), error);
        EngineOptions engine = new() { MaxSessions = ComparisonScoring.Parallel, PrefillChunk = PassRows };
        await using ModelRuntime runtime = ModelRuntime.Load(
            _options.Model(arguments), engine, new GenerationLimits(), _options.Device(arguments));
        ResponseScorer scorer = new(
            runtime.Model, runtime.Rewards, runtime.Engine, [.. scorers.Select(scorer => scorer.Scorer)], shares);
        IReadOnlyList<ScoredComparison> rows = await new ComparisonScoring(scorer, error).RunAsync(comparisons, cancellation);
        MeasuredReward[] rewards = [.. scorers.Select((scorer, i) => MeasuredReward.Of(scorer.Name, i, shares, rows))];
        await arguments.InvocationConfiguration.Output.WriteLineAsync(
            _options.Json(arguments) ? EvaluationReport.Json(rewards) : EvaluationReport.Markdown(rewards).TrimEnd());
    }

    /// <summary>The rows that people compared and that say something; how many others there are goes where errors go.</summary>
    /// <exception cref="UserMistakeException">There are none.</exception>
    private static Comparison[] Compared(DataMix data, TextWriter error)
    {
        IReadOnlyList<Comparison> all = ComparisonReader.Read(data.Folder, data.Sources[0]);
        Comparison[] usable = [.. all.Where(row => row.IsUsable)];
        Comparison[] compared = [.. usable.Where(row => !row.IsBorrowed)];
        string[] others =
        [
            .. Count(all.Count - usable.Length, "have no two different answers to a prompt"),
            .. Count(usable.Length - compared.Length, "have an answer that was borrowed from another row, and nobody compared the two"),
        ];
        if (compared.Length == 0)
        {
            throw new UserMistakeException($"{data.Sources[0].Path}: there is nothing to measure: {string.Join("; ", others)}");
        }

        Array.ForEach(others, other => error.WriteLine($"left out: {other}"));
        return compared;

        static IEnumerable<string> Count(int rows, string what) =>
            rows > 0 ? [string.Create(CultureInfo.InvariantCulture, $"{rows} rows {what}")] : [];
    }
}
