using Alignment.Compute.Contract;
using Alignment.Compute.Cpu.Layouts;
using Alignment.Compute.Cpu.Simd;

namespace Alignment.Compute.Cpu.Kernels;

/// <summary>
/// Adds the pairs' shares <c>inner B^T</c> to some columns of an output: one chain per output, ranks in order, pairs in the order given.
/// </summary>
internal static unsafe class LoraOuter<T>
    where T : struct, ISimd<T>
{
    private const int Width = SimdMath.Width;

    public static void Add(in LoraShares shares, int firstColumn, int lastColumn, float* outputs, long outputStride)
    {
        float* inner = shares.Inner;
        for (int i = 0; i < shares.Count; i++)
        {
            LoraRows pair = shares[i];
            var weights = (PanelLora)pair.Pair;
            int first = Math.Max(firstColumn, pair.FirstColumn);
            int count = Math.Min(lastColumn, pair.FirstColumn + weights.Outputs) - first;
            for (int row = 0; row < pair.Rows; row++, inner += weights.PaddedRank)
            {
                if (count > 0)
                {
                    AddRow(inner, weights, first - pair.FirstColumn, count, outputs + ((pair.FirstRow + row) * outputStride) + first);
                }
            }
        }
    }

    /// <summary>Four registers of outputs at a time: a cache line of B feeds each, and their chains overlap.</summary>
    private static void AddRow(float* inner, PanelLora weights, int firstOutput, int count, float* outputs)
    {
        float* b = weights.B + firstOutput;
        int column = 0;
        for (; column + (4 * Width) <= count; column += 4 * Width)
        {
            float* output = outputs + column;
            T s0 = T.Load(output), s1 = T.Load(output + Width), s2 = T.Load(output + (2 * Width)), s3 = T.Load(output + (3 * Width));
            for (int r = 0; r < weights.Rank; r++)
            {
                float* line = b + ((long)r * weights.Outputs) + column;
                T x = T.Broadcast(inner[r]);
                s0 = T.FusedMultiplyAdd(T.Load(line), x, s0);
                s1 = T.FusedMultiplyAdd(T.Load(line + Width), x, s1);
                s2 = T.FusedMultiplyAdd(T.Load(line + (2 * Width)), x, s2);
                s3 = T.FusedMultiplyAdd(T.Load(line + (3 * Width)), x, s3);
            }

            s0.Store(output);
            s1.Store(output + Width);
            s2.Store(output + (2 * Width));
            s3.Store(output + (3 * Width));
        }

        for (; column < count; column++)
        {
            float sum = outputs[column];
            for (int r = 0; r < weights.Rank; r++)
            {
                sum = MathF.FusedMultiplyAdd(b[((long)r * weights.Outputs) + column], inner[r], sum);
            }

            outputs[column] = sum;
        }
    }
}
