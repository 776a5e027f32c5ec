using System.Runtime.CompilerServices;

namespace Alignment.Compute.Cpu.Simd;

/// <summary>Functions and partial loads that every form shares, so that every form gives the same bits.</summary>
internal static unsafe class SimdMath
{
    /// <summary>Numbers of one <see cref="ISimd{T}"/>.</summary>
    public const int Width = 16;

    /// <summary>Adding and subtracting it rounds to a whole number: 1.5 * 2^23.</summary>
    private const float Rounder = 12_582_912f;

    /// <summary>
    /// e^x within 1 ulp: x = n ln 2 + r, e^r by a polynomial of degree 6 (Cephes, S. L. Moshier), times 2^n. Negative infinity gives 0, a
    /// result that does not fit gives infinity, NaN stays NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<T>(T x)
        where T : struct, ISimd<T>
    {
        // The bounds lie just outside the range of results; the order of operands lets NaN through.
        x = T.Min(T.Broadcast(89f), T.Max(T.Broadcast(-104f), x));
        T n = T.FusedMultiplyAdd(x, T.Broadcast(1.44269504f), T.Broadcast(Rounder)) - T.Broadcast(Rounder);
        T r = T.FusedMultiplyAdd(n, T.Broadcast(-0.693359375f), x);
        r = T.FusedMultiplyAdd(n, T.Broadcast(2.12194440e-4f), r);
        T p = T.FusedMultiplyAdd(T.Broadcast(1.9875691500e-4f), r, T.Broadcast(1.3981999507e-3f));
        p = T.FusedMultiplyAdd(p, r, T.Broadcast(8.3334519073e-3f));
        p = T.FusedMultiplyAdd(p, r, T.Broadcast(4.1665795894e-2f));
        p = T.FusedMultiplyAdd(p, r, T.Broadcast(1.6666665459e-1f));
        p = T.FusedMultiplyAdd(p, r, T.Broadcast(5.0000001201e-1f));
        p = T.FusedMultiplyAdd(p, r * r, r) + T.Broadcast(1f);
        return T.ScaleByPowerOfTwo(p, n);
    }

    /// <summary>x * sigmoid(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Silu<T>(T x)
        where T : struct, ISimd<T>
        => x / (T.Broadcast(1f) + Exp(default(T) - x));

    /// <summary>The first <paramref name="count"/> numbers, the rest filled; reads nothing beyond them.</summary>
    public static T LoadPart<T>(float* source, int count, float rest)
        where T : struct, ISimd<T>
    {
        float* numbers = stackalloc float[Width];
        T.Broadcast(rest).Store(numbers);
        for (int i = 0; i < count; i++)
        {
            numbers[i] = source[i];
        }

        return T.Load(numbers);
    }

    /// <summary>Writes the first <paramref name="count"/> numbers and nothing beyond them.</summary>
    public static void StorePart<T>(T value, int count, float* destination)
        where T : struct, ISimd<T>
    {
        float* numbers = stackalloc float[Width];
        value.Store(numbers);
        for (int i = 0; i < count; i++)
        {
            destination[i] = numbers[i];
        }
    }
}
