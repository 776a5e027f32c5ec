using System.Diagnostics;
using System.Globalization;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Scoring;
using Alignment.Training.Evaluation;

namespace Alignment.Cli.Commands.Evaluate;

/// <summary>A comparison with its scores.</summary>
/// <param name="Comparison">What is compared.</param>
/// <param name="Scores">[responses][shares][scorers].</param>
internal sealed record ScoredComparison(Comparison Comparison, double[][][] Scores);

/// <summary>Scores comparisons side by side; how far it is, and what could not be scored, it says where errors go.</summary>
internal sealed class ComparisonScoring(ResponseScorer scorer, TextWriter error)
{
    /// <summary>Prompts at once: enough to fill a pass of a small model.</summary>
    public const int Parallel = 32;

    private const int MaxRefusal = 200;

    private static readonly TimeSpan s_tellEvery = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly long _start = Stopwatch.GetTimestamp();
    private TimeSpan _told;
    private int _done;
    private int _tooLong;
    private int _refused;
    private string _refusal = "";

    /// <summary>All that could be scored, in order.</summary>
    public async Task<IReadOnlyList<ScoredComparison>> RunAsync(IReadOnlyList<Comparison> comparisons, CancellationToken cancellation)
    {
        double[][][]?[] scores = new double[comparisons.Count][][][];
        ParallelOptions options = new() { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellation };
        await System.Threading.Tasks.Parallel.ForAsync(0, comparisons.Count, options, async (i, stop) =>
        {
            scores[i] = await ScoreAsync(comparisons[i], stop);
            Tell(comparisons.Count);
        });
        Tell(_tooLong, "have a prompt and a response that are longer than the model's context");
        Tell(_refused, $"have a prompt that the model's chat template refuses: {_refusal}");
        return
        [
            .. comparisons.Zip(scores).Where(row => row.Second is not null).Select(row => new ScoredComparison(row.First, row.Second!)),
        ];
    }

    private async Task<double[][][]?> ScoreAsync(Comparison comparison, CancellationToken cancellation)
    {
        try
        {
            ChatPrompt prompt = new([.. comparison.Prompt.Select(turn => new ChatTurn(turn.Role!, turn.Content))]);
            double[][][]? scores = await scorer.ScoreAsync(prompt, comparison.Responses, cancellation);
            lock (_lock)
            {
                _tooLong += scores is null ? 1 : 0;
            }

            return scores;
        }
        catch (InvalidRequestException fault)
        {
            lock (_lock)
            {
                _refusal = _refused++ == 0 ? Excerpt.Of(fault.Message.ReplaceLineEndings(" "), MaxRefusal) : _refusal;
            }

            return null;
        }
    }

    private void Tell(int count, string what)
    {
        if (count > 0)
        {
            error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"left out: {count} rows {what}"));
        }
    }

    private void Tell(int count)
    {
        lock (_lock)
        {
            _done++;
            TimeSpan elapsed = Stopwatch.GetElapsedTime(_start);
            if (elapsed - _told > s_tellEvery)
            {
                _told = elapsed;
                TimeSpan left = elapsed / _done * (count - _done);
                error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_done} of {count} rows  {left:hh\\:mm\\:ss} left"));
            }
        }
    }
}
