using Alignment.Compute.Contract.Training;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards.Adapters;

/// <summary>What one thread needs to run both responses of a pair through the adapted model, forwards and backwards.</summary>
internal sealed class AutoregressiveRewardRunner(TrainableTransformer model, int maxLength) : IDisposable
{
    private readonly SequenceActivations _chosen = new(model, maxLength);
    private readonly SequenceActivations _rejected = new(model, maxLength);
    private readonly TransformerWorker _worker = new(model, maxLength, GradientScope.Attention);
    private readonly float[] _weights = new float[maxLength];

    /// <summary>beta times the difference of mean log-probabilities; keeps the activations for <see cref="Backward"/>.</summary>
    public double Margin(RewardExample example, double beta) =>
        beta * (MeanLogProbability(example.Chosen, _chosen) - MeanLogProbability(example.Rejected, _rejected));

    /// <summary>
    /// Adds <paramref name="slope"/> times the gradient of the two means' difference, negated: a step downhill widens it.
    /// </summary>
    public void Backward(RewardExample example, double slope, TrainingBuffer gradients)
    {
        Backward(example.Chosen, _chosen, slope, gradients);
        Backward(example.Rejected, _rejected, -slope, gradients);
    }

    public void Dispose()
    {
        _chosen.Dispose();
        _rejected.Dispose();
        _worker.Dispose();
    }

    private double MeanLogProbability(ResponseTokens response, SequenceActivations activations)
    {
        _worker.Forward(response.Inputs, activations);
        Span<float> logProbabilities = _weights.AsSpan(0, response.Targets.Length);
        _worker.LogProbabilities(activations, response.Targets, logProbabilities);
        double sum = 0;
        foreach (float logProbability in logProbabilities[(response.Start - 1)..])
        {
            sum += logProbability;
        }

        return sum / response.Count;
    }

    private void Backward(ResponseTokens response, SequenceActivations activations, double slope, TrainingBuffer gradients)
    {
        Span<float> weights = _weights.AsSpan(0, response.Targets.Length);
        weights[..(response.Start - 1)].Clear();
        weights[(response.Start - 1)..].Fill((float)(slope / response.Count));
        _worker.Backward(response.Inputs, response.Targets, weights, activations, gradients);
    }
}
