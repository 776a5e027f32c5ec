using Alignment.Compute.Contract;
using Alignment.Compute.Cpu.Simd;
using Alignment.Compute.Threading;

namespace Alignment.Compute.Cpu.Kernels;

/// <summary>
/// Adds vectors to rows. Rows are shared out, not edits: a row that several edits hit gets them from one worker, in their order.
/// </summary>
internal readonly unsafe struct AddRowsJob<T>(float* vectors, RowEdit[] edits, int count, int columns, float* values) : IParallelJob
    where T : struct, ISimd<T>
{
    /// <inheritdoc/>
    public void Execute(int worker, int workers)
    {
        for (int i = 0; i < count; i++)
        {
            RowEdit edit = edits[i];
            float* vector = vectors + ((long)edit.Vector * columns);
            for (int row = edit.FirstRow; row < edit.FirstRow + edit.Rows; row++)
            {
                if (row % workers == worker)
                {
                    RowMath<T>.AddScaled(vector, edit.Strength, columns, values + ((long)row * columns));
                }
            }
        }
    }
}
