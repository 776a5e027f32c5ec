using Alignment.Compute.Contract;

namespace Alignment.Compute.Cpu.Kernels;

/// <summary>
/// The LoRA pairs of one matmul, and where their inner products <c>x A^T</c> lie: pair after pair, row after row, each a padded rank long.
/// </summary>
internal readonly unsafe struct LoraShares(LoraRows[] pairs, int count, float* inner)
{
    public int Count { get; } = count;

    public float* Inner { get; } = inner;

    public LoraRows this[int index] => pairs[index];
}
