using Alignment.Compute.Cuda.Memory;

namespace Alignment.Compute.Cuda.MatMul;

/// <summary>
/// How rows are multiplied by frozen weights: by our kernels, whose rows do not depend on each other, or by NVIDIA's library.
/// </summary>
internal interface IMatMul : IDisposable
{
    /// <summary><c>output = input weight^T (+ bias)</c> for so many rows; bias is an address or 0.</summary>
    void Multiply(CudaTensor input, CudaMatrix weight, nint bias, int rows, CudaTensor output);
}
