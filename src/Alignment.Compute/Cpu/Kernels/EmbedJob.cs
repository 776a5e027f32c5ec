using Alignment.Compute.Cpu.Layouts;
using Alignment.Compute.Threading;

namespace Alignment.Compute.Cpu.Kernels;

/// <summary>Reads rows of an embedding.</summary>
internal readonly unsafe struct EmbedJob(PanelMatrix embedding, int* tokens, int count, float* output, long stride) : IParallelJob
{
    /// <inheritdoc/>
    public void Execute(int worker, int workers)
    {
        for (int i = worker; i < count; i += workers)
        {
            embedding.ReadRow(tokens[i], output + (i * stride));
        }
    }
}
