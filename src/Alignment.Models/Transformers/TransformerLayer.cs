using Alignment.Compute.Contract;

namespace Alignment.Models.Transformers;

/// <summary>The packed weights of one layer.</summary>
internal sealed record TransformerLayer : IDisposable
{
    public required Tensor InputNorm { get; init; }

    /// <summary>q, k and v side by side: one stream of weights.</summary>
    public required WeightMatrix QueryKeyValue { get; init; }

    public Tensor? QueryKeyValueBias { get; init; }

    public HeadNorm? HeadNorm { get; init; }

    public required WeightMatrix Output { get; init; }

    public required Tensor MiddleNorm { get; init; }

    /// <summary>gate, then up.</summary>
    public required WeightMatrix GateUp { get; init; }

    public required WeightMatrix Down { get; init; }

    public void Dispose()
    {
        foreach (IDisposable? part in new IDisposable?[]
        {
            InputNorm, QueryKeyValue, QueryKeyValueBias, HeadNorm?.Query, HeadNorm?.Key, Output, MiddleNorm, GateUp, Down,
        })
        {
            part?.Dispose();
        }
    }
}
