using Alignment.Compute.Contract.Training;
using Alignment.Compute.Memory;

namespace Alignment.Compute.Cpu.Training;

/// <summary>What one thread needs while it works; grows to its largest call and stays.</summary>
internal sealed unsafe class CpuTrainingScratch : IDisposable
{
    private NativeBuffer<float> _packed = new(0);
    private CausalAttention? _attention;

    public MatMulScratch MatMul { get; } = new();

    /// <summary>Room for a packed right factor.</summary>
    public float* Packed(int depth, int columns)
    {
        long length = PackedMatrix.Length(depth, columns);
        if (_packed.Length < length)
        {
            _packed.Dispose();
            _packed = new(length);
        }

        return _packed.Pointer;
    }

    /// <summary>Attention over at least <paramref name="length"/> rows.</summary>
    public CausalAttention Attention(AttentionShape shape, int length)
    {
        if (_attention is null || _attention.Shape != shape || _attention.MaxLength < length)
        {
            _attention?.Dispose();
            _attention = new CausalAttention(shape, length);
        }

        return _attention;
    }

    public void Dispose()
    {
        MatMul.Dispose();
        _packed.Dispose();
        _attention?.Dispose();
    }
}
