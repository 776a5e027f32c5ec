namespace Alignment.Compute.Cpu;

/// <summary>The width of the kernels. All forms give the same numbers bit for bit.</summary>
public enum SimdForm
{
    /// <summary>Plain scalar code; runs everywhere.</summary>
    Scalar,

    /// <summary>256-bit vectors with fused multiply-add (AVX2).</summary>
    Vector256,

    /// <summary>512-bit vectors (AVX-512).</summary>
    Vector512,
}
