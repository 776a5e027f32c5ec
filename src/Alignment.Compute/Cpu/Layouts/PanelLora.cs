using Alignment.Compute.Contract;
using Alignment.Compute.Cpu.Simd;
using Alignment.Compute.Memory;

namespace Alignment.Compute.Cpu.Layouts;

/// <summary>
/// A LoRA pair with its registers along the rank in A, <c>[inputs, paddedRank]</c>, and along the outputs in B, <c>[rank, outputs]</c>.
/// </summary>
internal sealed unsafe class PanelLora : Lora
{
    private readonly NativeBuffer<float> _a;
    private readonly NativeBuffer<float> _b;

    public PanelLora(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int outputs, int inputs, int rank, float scale)
        : base(outputs, inputs, rank)
    {
        PaddedRank = (rank + SimdMath.Width - 1) / SimdMath.Width * SimdMath.Width;
        _a = new NativeBuffer<float>((long)inputs * PaddedRank);
        _b = new NativeBuffer<float>((long)outputs * rank);
        for (int r = 0; r < rank; r++)
        {
            for (int input = 0; input < inputs; input++)
            {
                _a[((long)input * PaddedRank) + r] = a[(r * inputs) + input];
            }

            for (int output = 0; output < outputs; output++)
            {
                _b[((long)r * outputs) + output] = b[(output * rank) + r] * scale;
            }
        }
    }

    /// <summary>The rank, filled with zeros to whole registers.</summary>
    public int PaddedRank { get; }

    /// <summary><c>[inputs, PaddedRank]</c>.</summary>
    public float* A => _a.Pointer;

    /// <summary><c>[rank, outputs]</c>, the scale included.</summary>
    public float* B => _b.Pointer;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
    }
}
