using Alignment.Compute.Cpu.Simd;
using Alignment.Compute.Threading;

namespace Alignment.Compute.Cpu.Kernels;

/// <summary>silu(gate) * up of each row.</summary>
internal readonly unsafe struct GateJob<T>(float* gateAndUp, int size, int rows, float* output) : IParallelJob
    where T : struct, ISimd<T>
{
    /// <inheritdoc/>
    public void Execute(int worker, int workers)
    {
        for (int row = worker; row < rows; row += workers)
        {
            float* gate = gateAndUp + (2L * row * size);
            RowMath<T>.Gate(gate, gate + size, size, output + ((long)row * size));
        }
    }
}
