using Alignment.Compute.Contract.Training;
using Alignment.Models.Configuration;

namespace Alignment.Training.Transformers;

/// <summary>What the forward pass of one sequence keeps for its backward pass. Owns the memory; reused from sequence to sequence.</summary>
public sealed unsafe class SequenceActivations : IDisposable
{
    private readonly TrainingBuffer _memory;
    private readonly ModelConfig _config;
    private readonly long _layerSize;
    private int[] _starts = [0];

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
    public int Length { get; private set; }

    /// <summary>Documents among them.</summary>
    internal int Documents => _starts.Length;

    /// <summary>Last hidden state after the final norm, [length, hidden], in the backend's memory.</summary>
    public float* Hidden => FinalResidual + ((long)MaxLength * _config.HiddenSize);

    internal float* FinalScales => Hidden + ((long)MaxLength * _config.HiddenSize);

    private long Width => _config.QuerySize + (2L * _config.KeyValueSize);

    private float* FinalResidual => _memory.Pointer + (_layerSize * _config.Layers);

    /// <summary>Input of a layer, or of the final norm for layer = layers; [length, hidden].</summary>
    internal float* Residual(int layer) => _memory.Pointer + (_layerSize * layer);

    /// <summary>A pass over so many tokens begins, with documents that start there.</summary>
    internal void Begin(int length, ReadOnlySpan<int> starts)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MaxLength);
        bool ascend = !starts.IsEmpty && starts[0] == 0 && starts[^1] < Math.Max(1, length);
        for (int i = 1; i < starts.Length; i++)
        {
            ascend &= starts[i] > starts[i - 1];
        }

        (Length, _starts) = ascend
            ? (length, starts.ToArray())
            : throw new ArgumentException($"Document starts must ascend from 0 below {length}.", nameof(starts));
    }

    /// <summary>Where a document lies in the sequence.</summary>
    internal (int Start, int Length) Document(int index)
    {
        int end = index + 1 < _starts.Length ? _starts[index + 1] : Length;
        return (_starts[index], end - _starts[index]);
    }

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
