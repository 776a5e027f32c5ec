using Alignment.Models.Configuration;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards.Features;

/// <summary>Which numbers of a response's forward pass a reward learns from: some rows of one width for each response.</summary>
public abstract class FeatureReading
{
    /// <summary>Everything that decides the numbers besides the model and the tokens; part of the cache's key.</summary>
    public abstract string Name { get; }

    /// <summary>Numbers a row.</summary>
    public abstract int Width(ModelConfig model);

    /// <summary>Rows of a response.</summary>
    public abstract int Rows(ResponseTokens response);

    /// <summary>Copies them to the host, <c>[rows, width]</c>, after a forward pass over all of the response's tokens.</summary>
    internal abstract void Read(FrozenPass pass, ResponseTokens response, Span<float> destination);
}

/// <summary>A forward pass that was made over a response.</summary>
/// <param name="Model">The model.</param>
/// <param name="Worker">What made it.</param>
/// <param name="Activations">What it left.</param>
internal readonly record struct FrozenPass(TrainableTransformer Model, TransformerWorker Worker, SequenceActivations Activations);
