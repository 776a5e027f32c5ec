namespace Alignment.Compute.Cpu.Kernels;

/// <summary>What one tile reads and writes. Rows and groups beyond the last stand for the last.</summary>
internal readonly unsafe struct TileOperands
{
    /// <summary>First group of weights.</summary>
    public required byte* Weights { get; init; }

    /// <summary>Bytes from one group to the next.</summary>
    public required long GroupBytes { get; init; }

    /// <summary>Groups present, at least 1.</summary>
    public required int Groups { get; init; }

    /// <summary>Pairs of columns.</summary>
    public required int Pairs { get; init; }

    /// <summary>First input row.</summary>
    public required float* Inputs { get; init; }

    /// <summary>Numbers from one input row to the next.</summary>
    public required long InputStride { get; init; }

    /// <summary>Rows present, at least 1.</summary>
    public required int Rows { get; init; }

    /// <summary>First output: row 0, first column of the first group.</summary>
    public required float* Outputs { get; init; }

    /// <summary>Numbers from one output row to the next.</summary>
    public required long OutputStride { get; init; }

    public byte* Group(int group) => Weights + (Math.Min(group, Groups - 1) * GroupBytes);

    public float* Input(int row) => Inputs + (Math.Min(row, Rows - 1) * InputStride);

    public float* Output(int row, int group, int half)
        => Outputs + (Math.Min(row, Rows - 1) * OutputStride) + (Math.Min(group, Groups - 1) * 32) + (half * 16);
}
