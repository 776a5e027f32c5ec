using Alignment.Compute.Contract.Training;

namespace Alignment.Training.Transformers;

/// <summary>The four fused projections of one layer; the model disposes them.</summary>
internal sealed class LayerWeights(LayerOffsets offsets, TrainableTransformer model)
{
    public LayerOffsets Offsets { get; } = offsets;

    public LinearWeight QueryKeyValue { get; } =
        model.CreateLinear(offsets.QueryKeyValue, model.Config.QuerySize + (2 * model.Config.KeyValueSize), model.Config.HiddenSize);

    public LinearWeight Output { get; } = model.CreateLinear(offsets.Output, model.Config.HiddenSize, model.Config.QuerySize);

    public LinearWeight GateUp { get; } = model.CreateLinear(offsets.GateUp, 2 * model.Config.IntermediateSize, model.Config.HiddenSize);

    public LinearWeight Down { get; } = model.CreateLinear(offsets.Down, model.Config.HiddenSize, model.Config.IntermediateSize);

    public IEnumerable<LinearWeight> Projections => [QueryKeyValue, Output, GateUp, Down];
}
