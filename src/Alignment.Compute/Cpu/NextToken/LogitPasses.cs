using System.Numerics;
using Alignment.Compute.Cpu.Simd;

namespace Alignment.Compute.Cpu.NextToken;

/// <summary>Passes over a row of logits; sixteen numbers at a time, the last ones filled with negative infinity.</summary>
internal static unsafe class LogitPasses<T>
    where T : struct, ISimd<T>
{
    private const int Width = SimdMath.Width;

    /// <summary>Numbers <paramref name="index"/> to <paramref name="index"/> + 15.</summary>
    public static T Load(float* row, int index, int count)
        => index + Width <= count ? T.Load(row + index) : SimdMath.LoadPart<T>(row + index, count - index, float.NegativeInfinity);

    /// <summary>Greatest number; NaN is passed over.</summary>
    public static float Maximum(float* row, int count)
    {
        T maximum = T.Broadcast(float.NegativeInfinity);
        for (int i = 0; i < count; i += Width)
        {
            maximum = T.Max(Load(row, i, count), maximum);
        }

        return maximum.Maximum();
    }

    /// <summary>The first index of a number that is at least <paramref name="value"/>.</summary>
    public static int IndexOf(float* row, int count, float value)
    {
        T below = T.Broadcast(MathF.BitDecrement(value));
        int i = 0;
        uint mask;
        while ((mask = T.GreaterThanMask(Load(row, i, count), below)) == 0)
        {
            i += Width;
        }

        return i + BitOperations.TrailingZeroCount(mask);
    }

    /// <summary>e^((x - maximum) / temperature) of sixteen numbers.</summary>
    public static T Mass(float* row, int index, int count, float maximum, float temperature)
        => SimdMath.Exp((Load(row, index, count) - T.Broadcast(maximum)) / T.Broadcast(temperature));

    /// <summary>
    /// Sum of e^((x - maximum) / temperature), with the sum of each block; NaN if any number is, or if the maximum is infinite.
    /// </summary>
    public static double TotalMass(float* row, int count, float maximum, float temperature, double* blocks)
    {
        double total = 0;
        for (int block = 0; block * LogitMath.BlockSize < count; block++)
        {
            T sum = default;
            int last = Math.Min(count, (block + 1) * LogitMath.BlockSize);
            for (int i = block * LogitMath.BlockSize; i < last; i += Width)
            {
                sum += Mass(row, i, count, maximum, temperature);
            }

            blocks[block] = sum.Sum();
            total += blocks[block];
        }

        return total;
    }

    /// <summary>log(sum(e^x)); NaN if any number is, or if the maximum is infinite.</summary>
    public static double LogNormaliser(float* row, int count, double* blocks)
    {
        float maximum = Maximum(row, count);
        return maximum + Math.Log(TotalMass(row, count, maximum, 1, blocks));
    }

    /// <summary><c>scores += weight * max(guide - normaliser, floor)</c>.</summary>
    public static void AddGuide(float* guide, double normaliser, float floor, float weight, int count, float* scores)
    {
        for (int i = 0; i < count; i += Width)
        {
            T logProbability = T.Max(T.Broadcast(floor), Load(guide, i, count) - T.Broadcast((float)normaliser));
            T sum = T.FusedMultiplyAdd(logProbability, T.Broadcast(weight), Load(scores, i, count));
            if (i + Width <= count)
            {
                sum.Store(scores + i);
            }
            else
            {
                SimdMath.StorePart(sum, count - i, scores + i);
            }
        }
    }

    /// <summary>KL(p || q) in nats, p = softmax(scores / temperature), q = softmax(logits); impossible tokens add nothing.</summary>
    public static double Divergence(
        float* scores, float shift, float temperature, double logTotal, float* logits, double normaliser, int count)
    {
        // Log-probabilities below this have probability 0; the bound keeps 0 * infinity out.
        T floor = T.Broadcast(-1e4f);
        double divergence = 0;
        for (int first = 0; first < count; first += LogitMath.BlockSize)
        {
            T sum = default;
            for (int i = first; i < Math.Min(count, first + LogitMath.BlockSize); i += Width)
            {
                T p = T.Max((Load(scores, i, count) - T.Broadcast(shift)) / T.Broadcast(temperature) - T.Broadcast((float)logTotal), floor);
                T q = T.Max(Load(logits, i, count) - T.Broadcast((float)normaliser), floor);
                sum = T.FusedMultiplyAdd(SimdMath.Exp(p), p - q, sum);
            }

            divergence += sum.Sum();
        }

        return divergence;
    }
}
