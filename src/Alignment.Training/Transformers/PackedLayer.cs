using Alignment.Models.Configuration;

namespace Alignment.Training.Transformers;

/// <summary>The four fused projections of one layer.</summary>
internal sealed class PackedLayer(LayerOffsets offsets, ModelConfig config) : IDisposable
{
    public LayerOffsets Offsets { get; } = offsets;

    public PackedLinear QueryKeyValue { get; } = new(offsets.QueryKeyValue, config.QuerySize + (2 * config.KeyValueSize), config.HiddenSize);

    public PackedLinear Output { get; } = new(offsets.Output, config.HiddenSize, config.QuerySize);

    public PackedLinear GateUp { get; } = new(offsets.GateUp, 2 * config.IntermediateSize, config.HiddenSize);

    public PackedLinear Down { get; } = new(offsets.Down, config.HiddenSize, config.IntermediateSize);

    public IEnumerable<PackedLinear> Projections => [QueryKeyValue, Output, GateUp, Down];

    public void Dispose()
    {
        foreach (PackedLinear projection in Projections)
        {
            projection.Dispose();
        }
    }
}
