using Alignment.Compute.Contract.Training;
using Alignment.Models.Configuration;

namespace Alignment.Training.Transformers;

/// <summary>What the forward pass of one sequence keeps for its backward pass. Owns the memory; reused from sequence to sequence.</summary>
public sealed unsafe class SequenceActivations : IDisposable
{
    private readonly TrainingBuffer _memory;
    private readonly ModelConfig _config;
    private readonly long _layerSize;

    /// <summary>Room for sequences of at most <paramref name="maxLength"/> tokens.</summary>
    public SequenceActivations(TrainableTransformer model, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(model);
        ModelConfig config = model.Config;
        _config = config;
        MaxLength = maxLength;
        long perToken =
            (4L * config.HiddenSize)
                + (2 * Width)
                + config.QuerySize
                + (3L * config.IntermediateSize)
                + (2 * config.Heads)
                + config.KeyValueHeads
                + 2;
        _layerSize = perToken * maxLength;
        _memory = model.Backend.Allocate((_layerSize * config.Layers) + (((2L * config.HiddenSize) + 1) * maxLength));
    }

    /// <summary>Longest sequence.</summary>
    public int MaxLength { get; }

    /// <summary>Tokens of the last forward pass.</summary>
    public int Length { get; internal set; }

    /// <summary>Last hidden state after the final norm, [length, hidden], in the backend's memory.</summary>
    public float* Hidden => FinalResidual + ((long)MaxLength * _config.HiddenSize);

    internal float* FinalScales => Hidden + ((long)MaxLength * _config.HiddenSize);

    private long Width => _config.QuerySize + (2L * _config.KeyValueSize);

    private float* FinalResidual => _memory.Pointer + (_layerSize * _config.Layers);

    /// <summary>Input of a layer, or of the final norm for layer = layers; [length, hidden].</summary>
    internal float* Residual(int layer) => _memory.Pointer + (_layerSize * layer);

    internal float* InputNormed(int layer) => Residual(layer) + ((long)MaxLength * _config.HiddenSize);

    internal float* Middle(int layer) => InputNormed(layer) + ((long)MaxLength * _config.HiddenSize);

    internal float* MiddleNormed(int layer) => Middle(layer) + ((long)MaxLength * _config.HiddenSize);

    /// <summary>After bias, norm and rotation.</summary>
    internal float* QueryKeyValue(int layer) => MiddleNormed(layer) + ((long)MaxLength * _config.HiddenSize);

    /// <summary>Before the q/k norm; used only where there is one.</summary>
    internal float* RawQueryKeyValue(int layer) => QueryKeyValue(layer) + (MaxLength * Width);

    internal float* Attended(int layer) => RawQueryKeyValue(layer) + (MaxLength * Width);

    internal float* GateUp(int layer) => Attended(layer) + ((long)MaxLength * _config.QuerySize);

    internal float* Activated(int layer) => GateUp(layer) + (2L * MaxLength * _config.IntermediateSize);

    internal float* LogSums(int layer) => Activated(layer) + ((long)MaxLength * _config.IntermediateSize);

    /// <summary>r of the q/k norm, [heads + kvHeads, length].</summary>
    internal float* HeadScales(int layer) => LogSums(layer) + ((long)MaxLength * _config.Heads);

    internal float* InputScales(int layer) => HeadScales(layer) + ((long)MaxLength * (_config.Heads + _config.KeyValueHeads));

    internal float* MiddleScales(int layer) => InputScales(layer) + MaxLength;

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}
