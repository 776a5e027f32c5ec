using System.Runtime.CompilerServices;
using Alignment.Compute.Threading;
using Alignment.Training.Data.Packing;
using Alignment.Training.Transformers;

namespace Alignment.Training.LanguageModels;

/// <summary>
/// The loss of a model over packed tokens, by all threads; their number changes nothing. A token is predicted from what stands before it in
/// its document and its window of <c>contextLength</c> tokens.
/// </summary>
public sealed class LossMeter : IDisposable
{
    private readonly TrainableTransformer _model;
    private readonly int _contextLength;
    private readonly WindowRunner[] _runners;
    private readonly TokenWindow[] _windows;

    /// <summary>Memory for as many windows as the backend has threads.</summary>
    /// <param name="model">Refreshed by whoever changes it.</param>
    /// <param name="contextLength">Tokens a window.</param>
    /// <param name="span">Which tokens count; null for all.</param>
    public LossMeter(TrainableTransformer model, int contextLength, TargetSpan? span = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        (_model, _contextLength) = (model, contextLength);
        int workers = model.Backend.Workers;
        _runners = [.. Enumerable.Range(0, workers).Select(_ => new WindowRunner(model, contextLength))];
        _windows = [.. Enumerable.Range(0, workers).Select(_ => new TokenWindow(contextLength, span))];
    }

    /// <summary>One for each thread.</summary>
    internal IReadOnlyList<WindowRunner> Runners => _runners;

    /// <summary>Windows of tokens [start, end), the last of which may be shorter.</summary>
    public int Windows(int start, int end) => Math.Max(0, end - start - 2 + _contextLength) / _contextLength;

    /// <summary>Tokens [start + 1, end): the first has nothing before it to be predicted from.</summary>
    public MeasuredLoss Measure(PackedTokens data, int start, int end) => Measure(data, start, end, Windows(start, end));

    /// <summary>
    /// A sample of so many windows of tokens [start, end), evenly spread; the whole where there are no more.
    /// </summary>
    public MeasuredLoss Measure(PackedTokens data, int start, int end, int windows)
    {
        ArgumentNullException.ThrowIfNull(data);
        int all = Windows(start, end);
        (int Start, int Length)[] taken = new (int, int)[Math.Min(windows, all)];
        for (int i = 0; i < taken.Length; i++)
        {
            taken[i] = Window(start + (int)((long)i * all / taken.Length * _contextLength), end);
        }

        return Sum(Run(data, taken));
    }

    /// <summary>Each document by itself: its tokens but the first. One longer than a window is cut, and each piece begins anew.</summary>
    public IReadOnlyList<MeasuredLoss> MeasureDocuments(PackedTokens data)
    {
        ArgumentNullException.ThrowIfNull(data);
        int[] ends = [.. data.DocumentStarts[Math.Min(1, data.DocumentStarts.Length)..], data.Tokens.Length];
        List<(int Start, int Length)> pieces = [];
        List<int> firsts = [];
        for (int document = 0; document < data.DocumentStarts.Length; document++)
        {
            firsts.Add(pieces.Count);
            for (int start = data.DocumentStarts[document]; start < ends[document] - 1; start += _contextLength)
            {
                pieces.Add(Window(start, ends[document]));
            }
        }

        MeasuredLoss[] losses = Run(data, [.. pieces]);
        return [.. firsts.Select((first, document) =>
            Sum(losses[first..(document + 1 < firsts.Count ? firsts[document + 1] : losses.Length)]))];
    }

    private (int Start, int Length) Window(int start, int end) => (start, Math.Min(_contextLength, end - 1 - start));

    private MeasuredLoss[] Run(PackedTokens data, (int Start, int Length)[] windows)
    {
        MeasuredLoss[] losses = new MeasuredLoss[windows.Length];
        _model.Backend.Run(new Job(this, data, windows, losses, new StrongBox<int>(-1)));
        return losses;
    }

    private static MeasuredLoss Sum(MeasuredLoss[] losses) => new(losses.Sum(loss => loss.Nats), losses.Sum(loss => loss.Tokens));

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_runners, runner => runner.Dispose());

    private readonly struct Job(
        LossMeter meter, PackedTokens data, (int Start, int Length)[] windows, MeasuredLoss[] losses, StrongBox<int> last) : IParallelJob
    {
        public void Execute(int worker, int workers)
        {
            int i;
            while ((i = Interlocked.Increment(ref last.Value)) < losses.Length)
            {
                TokenWindow window = meter._windows[worker];
                window.Read(data, windows[i].Start, windows[i].Length);
                losses[i] = new MeasuredLoss(meter._runners[worker].Loss(window), window.Counted);
            }
        }
    }
}
