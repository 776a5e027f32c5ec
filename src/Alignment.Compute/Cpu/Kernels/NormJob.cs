using Alignment.Compute.Cpu.Simd;
using Alignment.Compute.Threading;

namespace Alignment.Compute.Cpu.Kernels;

/// <summary>
/// RMS norm of each group of <paramref name="size"/> numbers of each row; with a delta, the input becomes input + delta first.
/// </summary>
internal readonly unsafe struct NormJob<T>(
    float* delta, float* input, float* weight, int columns, int size, float epsilon, int rows, float* output) : IParallelJob
    where T : struct, ISimd<T>
{
    /// <inheritdoc/>
    public void Execute(int worker, int workers)
    {
        for (int row = worker; row < rows; row += workers)
        {
            long offset = (long)row * columns;
            if (delta != null)
            {
                RowMath<T>.Add(delta + offset, columns, input + offset);
            }

            for (int group = 0; group < columns; group += size)
            {
                RowMath<T>.RmsNorm(input + offset + group, weight, size, epsilon, output + offset + group);
            }
        }
    }
}
