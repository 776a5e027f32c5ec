using Alignment.Compute.Memory;

namespace Alignment.Compute.Contract;

/// <summary>A tensor in host memory, rows next to each other; shared by the backends that compute on the host.</summary>
internal sealed unsafe class HostTensor : Tensor
{
    /// <summary>Kernels may load one whole vector that begins at the last number.</summary>
    private const int Slack = 16;

    private readonly NativeBuffer<float> _buffer;

    public HostTensor(int rows, int columns)
        : base(rows, columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        _buffer = new NativeBuffer<float>(((long)rows * columns) + Slack);
    }

    /// <summary>First number of the first row; valid until disposed.</summary>
    public float* Pointer => _buffer.Pointer;

    public float* RowPointer(int row)
    {
        if ((uint)row >= (uint)Rows)
        {
            throw new ArgumentOutOfRangeException(nameof(row), row, $"The tensor has {Rows} rows.");
        }

        return _buffer.Pointer + ((long)row * Columns);
    }

    public Span<float> Row(int row) => new(RowPointer(row), Columns);

    /// <inheritdoc/>
    public override void Dispose() => _buffer.Dispose();
}
