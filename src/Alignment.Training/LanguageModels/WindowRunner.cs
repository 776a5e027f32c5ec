using Alignment.Compute.Contract.Training;
using Alignment.Training.Transformers;

namespace Alignment.Training.LanguageModels;

/// <summary>What one thread needs to run windows of at most <c>length</c> tokens through a model.</summary>
internal sealed class WindowRunner(TrainableTransformer model, int length) : IDisposable
{
    private readonly SequenceActivations _activations = new(model, length);
    private readonly TransformerWorker _worker = new(model, length);
    private readonly float[] _logProbabilities = new float[length];

    /// <summary>Forward and backward; returns the weighed loss and adds its gradient.</summary>
    public double Train(TokenWindow window, TrainingBuffer gradients)
    {
        _worker.Forward(window.Tokens, window.Starts, _activations);
        return _worker.Backward(window.Tokens, window.Targets, window.Weights, _activations, gradients);
    }

    /// <summary>Forward only: the weighed loss.</summary>
    public double Loss(TokenWindow window)
    {
        _worker.Forward(window.Tokens, window.Starts, _activations);
        _worker.LogProbabilities(_activations, window.Targets, _logProbabilities);
        double loss = 0;
        for (int i = 0; i < window.Targets.Length; i++)
        {
            loss -= window.Weights[i] * (double)_logProbabilities[i];
        }

        return loss;
    }

    public void Dispose()
    {
        _activations.Dispose();
        _worker.Dispose();
    }
}
