using Alignment.Training.Transformers;

namespace Alignment.Training.LanguageModels;

/// <summary>
/// One of a fixed number of accumulators. Sequences are dealt to accumulators, and accumulators to threads: sums are made in the same order
/// however many threads there are.
/// </summary>
internal sealed class SequenceAccumulator(TrainableTransformer model, int length) : IDisposable
{
    private readonly SequenceActivations _activations = new(model, length);
    private readonly int[] _tokens = new int[length];
    private readonly int[] _targets = new int[length];
    private readonly float[] _weights = new float[length];

    public TransformerWorker Worker { get; } = new(model, length);

    /// <summary>Sum of the losses since it was last reset.</summary>
    public double Loss { get; set; }

    /// <summary>Forward and backward; every token weighs <paramref name="weight"/>.</summary>
    public void Train(TokenWindows windows, long index, float weight)
    {
        windows.Read(index, _tokens, _targets);
        Array.Fill(_weights, weight);
        Worker.Forward(_tokens, _activations);
        Loss += Worker.Backward(_tokens, _targets, _weights, _activations);
    }

    /// <summary>Forward only; adds -sum(log p).</summary>
    public void Evaluate(TokenWindows windows, long index)
    {
        windows.Read(index, _tokens, _targets);
        Worker.Forward(_tokens, _activations);
        Worker.LogProbabilities(_activations, _targets, _weights);
        Loss -= _weights.Sum(logProbability => (double)logProbability);
    }

    public void Dispose()
    {
        _activations.Dispose();
        Worker.Dispose();
    }
}
