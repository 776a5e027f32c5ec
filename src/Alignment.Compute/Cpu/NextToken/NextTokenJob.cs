using Alignment.Compute.Contract;
using Alignment.Compute.Cpu.Simd;
using Alignment.Compute.Threading;

namespace Alignment.Compute.Cpu.NextToken;

/// <summary>Runs the rules of the rows; one worker does the whole of a row.</summary>
internal readonly struct NextTokenJob<T>(NextTokenRow[] rows, int count, List<NextTokenScratch> scratch) : IParallelJob
    where T : struct, ISimd<T>
{
    /// <inheritdoc/>
    public void Execute(int worker, int workers)
    {
        for (int i = worker; i < count; i += workers)
        {
            NextTokenKernel<T>.Choose(rows[i], scratch[worker]);
        }
    }
}
