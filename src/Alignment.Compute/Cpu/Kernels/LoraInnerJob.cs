using Alignment.Compute.Contract;
using Alignment.Compute.Cpu.Layouts;
using Alignment.Compute.Cpu.Simd;
using Alignment.Compute.Threading;

namespace Alignment.Compute.Cpu.Kernels;

/// <summary>The inner products <c>x A^T</c> of all pairs of a matmul, before the matmul itself.</summary>
internal readonly unsafe struct LoraInnerJob<T>(float* inputs, long inputStride, LoraShares shares) : IParallelJob
    where T : struct, ISimd<T>
{
    /// <inheritdoc/>
    public void Execute(int worker, int workers)
    {
        float* inner = shares.Inner;
        int turn = 0;
        for (int i = 0; i < shares.Count; i++)
        {
            LoraRows pair = shares[i];
            var weights = (PanelLora)pair.Pair;
            for (int row = 0; row < pair.Rows; row++, inner += weights.PaddedRank)
            {
                float* x = inputs + ((pair.FirstRow + row) * inputStride);
                for (int r = 0; r < weights.PaddedRank; r += SimdMath.Width, turn++)
                {
                    if (turn % workers == worker)
                    {
                        Multiply(x, weights.A + r, weights.Inputs, weights.PaddedRank).Store(inner + r);
                    }
                }
            }
        }
    }

    /// <summary>Sixteen ranks at once. Four sums, of the inputs modulo 4, hide the latency of the chain.</summary>
    private static T Multiply(float* x, float* a, int inputs, int stride)
    {
        T s0 = default, s1 = default, s2 = default, s3 = default;
        int i = 0;
        for (; i + 4 <= inputs; i += 4, a += 4 * stride)
        {
            s0 = T.FusedMultiplyAdd(T.Load(a), T.Broadcast(x[i]), s0);
            s1 = T.FusedMultiplyAdd(T.Load(a + stride), T.Broadcast(x[i + 1]), s1);
            s2 = T.FusedMultiplyAdd(T.Load(a + (2 * stride)), T.Broadcast(x[i + 2]), s2);
            s3 = T.FusedMultiplyAdd(T.Load(a + (3 * stride)), T.Broadcast(x[i + 3]), s3);
        }

        for (; i < inputs; i++, a += stride)
        {
            s0 = T.FusedMultiplyAdd(T.Load(a), T.Broadcast(x[i]), s0);
        }

        return s0 + s1 + (s2 + s3);
    }
}
