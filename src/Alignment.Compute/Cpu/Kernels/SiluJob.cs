using Alignment.Compute.Cpu.Simd;
using Alignment.Compute.Threading;

namespace Alignment.Compute.Cpu.Kernels;

/// <summary>silu of each row, in place.</summary>
internal readonly unsafe struct SiluJob<T>(int columns, int rows, float* values) : IParallelJob
    where T : struct, ISimd<T>
{
    /// <inheritdoc/>
    public void Execute(int worker, int workers)
    {
        for (int row = worker; row < rows; row += workers)
        {
            RowMath<T>.Silu(values + ((long)row * columns), columns);
        }
    }
}
