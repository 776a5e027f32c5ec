using Alignment.Compute.Cpu.Simd;

namespace Alignment.Compute.Cpu.NextToken;

/// <summary>A draw from the whole vocabulary: the block first, by the sums that the softmax already made, then the token in it.</summary>
internal static unsafe class FullDraw<T>
    where T : struct, ISimd<T>
{
    public static TokenDraw Draw(float* scores, int count, float maximum, float temperature, double total, double uniform, double* blocks)
    {
        double target = uniform * total;
        int last = (count - 1) / LogitMath.BlockSize;
        int block = 0;
        int possible = 0;
        double before = 0;
        for (; block <= last && before + blocks[block] <= target; block++)
        {
            before += blocks[block];
            possible = blocks[block] > 0 ? block : possible;
        }

        int token = Find(scores, block <= last ? block : possible, count, maximum, temperature, target - before);
        double logTotal = Math.Log(total);
        return new TokenDraw(token, ((scores[token] - maximum) / (double)temperature) - logTotal, logTotal, -1);
    }

    /// <summary>
    /// The first token of a block at which the mass exceeds the target; where rounding leaves none, the last possible one.
    /// </summary>
    private static int Find(float* scores, int block, int count, float maximum, float temperature, double target)
    {
        float* masses = stackalloc float[SimdMath.Width];
        int end = Math.Min(count, (block + 1) * LogitMath.BlockSize);
        int token = block * LogitMath.BlockSize;
        double sum = 0;
        for (int i = token; i < end; i++)
        {
            if (i % SimdMath.Width == 0)
            {
                LogitPasses<T>.Mass(scores, i, count, maximum, temperature).Store(masses);
            }

            float mass = masses[i % SimdMath.Width];
            sum += mass;
            token = mass > 0 ? i : token;
            if (sum > target)
            {
                break;
            }
        }

        return token;
    }
}
