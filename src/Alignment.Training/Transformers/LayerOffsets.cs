namespace Alignment.Training.Transformers;

/// <summary>Offsets of one layer's tensors in the flat array; -1 where the architecture has none.</summary>
internal readonly record struct LayerOffsets
{
    public required long InputNorm { get; init; }

    /// <summary>[q + 2 kv, hidden].</summary>
    public required long QueryKeyValue { get; init; }

    public required long QueryKeyValueBias { get; init; }

    public required long QueryNorm { get; init; }

    public required long KeyNorm { get; init; }

    public required long Output { get; init; }

    public required long MiddleNorm { get; init; }

    /// <summary>[2 * intermediate, hidden]: gate, then up.</summary>
    public required long GateUp { get; init; }

    public required long Down { get; init; }
}
