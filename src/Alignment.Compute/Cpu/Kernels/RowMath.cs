using Alignment.Compute.Cpu.Simd;

namespace Alignment.Compute.Cpu.Kernels;

/// <summary>Operations on one row of numbers. The order of every sum depends on the length alone.</summary>
internal static unsafe class RowMath<T>
    where T : struct, ISimd<T>
{
    private const int Width = SimdMath.Width;

    /// <summary><c>output = input / sqrt(mean(input^2) + epsilon) * weight</c>; may be in place.</summary>
    public static void RmsNorm(float* input, float* weight, int count, float epsilon, float* output)
    {
        T scale = T.Broadcast(1 / MathF.Sqrt((SumSquares(input, count) / count) + epsilon));
        int i = 0;
        for (; i + Width <= count; i += Width)
        {
            (T.Load(input + i) * scale * T.Load(weight + i)).Store(output + i);
        }

        if (i < count)
        {
            T rest = SimdMath.LoadPart<T>(input + i, count - i, 0) * scale * SimdMath.LoadPart<T>(weight + i, count - i, 0);
            SimdMath.StorePart(rest, count - i, output + i);
        }
    }

    /// <summary><c>sum += addend</c>.</summary>
    public static void Add(float* addend, int count, float* sum)
    {
        int i = 0;
        for (; i + Width <= count; i += Width)
        {
            (T.Load(sum + i) + T.Load(addend + i)).Store(sum + i);
        }

        for (; i < count; i++)
        {
            sum[i] += addend[i];
        }
    }

    /// <summary><c>sum += scale * addend</c>, rounded once.</summary>
    public static void AddScaled(float* addend, float scale, int count, float* sum)
    {
        T scales = T.Broadcast(scale);
        int i = 0;
        for (; i + Width <= count; i += Width)
        {
            T.FusedMultiplyAdd(scales, T.Load(addend + i), T.Load(sum + i)).Store(sum + i);
        }

        for (; i < count; i++)
        {
            sum[i] = MathF.FusedMultiplyAdd(scale, addend[i], sum[i]);
        }
    }

    /// <summary><c>output = silu(gate) * up</c>.</summary>
    public static void Gate(float* gate, float* up, int count, float* output)
    {
        int i = 0;
        for (; i + Width <= count; i += Width)
        {
            (SimdMath.Silu(T.Load(gate + i)) * T.Load(up + i)).Store(output + i);
        }

        if (i < count)
        {
            T rest = SimdMath.Silu(SimdMath.LoadPart<T>(gate + i, count - i, 0)) * SimdMath.LoadPart<T>(up + i, count - i, 0);
            SimdMath.StorePart(rest, count - i, output + i);
        }
    }

    /// <summary><c>values = silu(values)</c>.</summary>
    public static void Silu(float* values, int count)
    {
        int i = 0;
        for (; i + Width <= count; i += Width)
        {
            SimdMath.Silu(T.Load(values + i)).Store(values + i);
        }

        if (i < count)
        {
            SimdMath.StorePart(SimdMath.Silu(SimdMath.LoadPart<T>(values + i, count - i, 0)), count - i, values + i);
        }
    }

    /// <summary>Rotates the pairs (i, i + half) of a head by the angles of one position.</summary>
    public static void Rotate(float* cosines, float* sines, int half, float* head)
    {
        int i = 0;
        for (; i + Width <= half; i += Width)
        {
            Turn(T.Load(cosines + i), T.Load(sines + i), T.Load(head + i), T.Load(head + half + i), out T first, out T second);
            first.Store(head + i);
            second.Store(head + half + i);
        }

        if (i < half)
        {
            int count = half - i;
            T cosine = SimdMath.LoadPart<T>(cosines + i, count, 0);
            T sine = SimdMath.LoadPart<T>(sines + i, count, 0);
            Turn(
                cosine,
                sine,
                SimdMath.LoadPart<T>(head + i, count, 0),
                SimdMath.LoadPart<T>(head + half + i, count, 0),
                out T first,
                out T second);
            SimdMath.StorePart(first, count, head + i);
            SimdMath.StorePart(second, count, head + half + i);
        }
    }

    private static void Turn(T cosine, T sine, T x, T y, out T first, out T second)
    {
        first = T.FusedMultiplyAdd(x, cosine, default(T) - (y * sine));
        second = T.FusedMultiplyAdd(y, cosine, x * sine);
    }

    /// <summary>Two sums side by side hide the latency of the additions.</summary>
    private static float SumSquares(float* input, int count)
    {
        T even = default;
        T odd = default;
        int i = 0;
        for (; i + (2 * Width) <= count; i += 2 * Width)
        {
            T first = T.Load(input + i);
            T second = T.Load(input + i + Width);
            even = T.FusedMultiplyAdd(first, first, even);
            odd = T.FusedMultiplyAdd(second, second, odd);
        }

        for (; i < count; i += Width)
        {
            T rest = SimdMath.LoadPart<T>(input + i, Math.Min(Width, count - i), 0);
            even = T.FusedMultiplyAdd(rest, rest, even);
        }

        return (even + odd).Sum();
    }
}
