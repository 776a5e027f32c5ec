using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Alignment.Compute.Cpu.Training;

/// <summary>Elementary functions of 16 numbers at once, and the few reductions that the training kernels share.</summary>
internal static unsafe class VectorMath
{
    /// <summary>Floats in one vector.</summary>
    public const int Width = 16;

    /// <summary>
    /// e^x within 2 units in the last place; below -87 it is 0 (or the smallest normal), above 88 it saturates (Cephes' expf).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        x = Vector512.Min(Vector512.Max(x, Vector512.Create(-87.3f)), Vector512.Create(88.0f));
        Vector512<float> n = Vector512.Round(x * 1.44269504f);
        Vector512<float> r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);
        Vector512<float> p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.5f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r + Vector512<float>.One);
        Vector512<int> exponent = Vector512.ConvertToInt32(n) + Vector512.Create(127);
        return p * Vector512.ShiftLeft(exponent, 23).AsSingle();
    }

    /// <summary>The same function for one number, so that a vector's tail rounds as its body does.</summary>
    public static float Exp(float x) => Exp(Vector512.Create(x)).ToScalar();

    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sigmoid(Vector512<float> x)
        => Vector512<float>.One / (Vector512<float>.One + Exp(-x));

    /// <summary>Sum of x[i] * y[i].</summary>
    public static float Dot(float* x, float* y, int length)
    {
        Vector512<float> sum = Vector512<float>.Zero;
        int i = 0;
        for (; i + Width <= length; i += Width)
        {
            sum = Vector512.FusedMultiplyAdd(Vector512.Load(x + i), Vector512.Load(y + i), sum);
        }

        float total = Vector512.Sum(sum);
        for (; i < length; i++)
        {
            total += x[i] * y[i];
        }

        return total;
    }

    /// <summary>Largest of length (at least one) numbers.</summary>
    public static float Max(float* x, int length)
    {
        Vector512<float> best = Vector512.Create(float.NegativeInfinity);
        int i = 0;
        for (; i + Width <= length; i += Width)
        {
            best = Vector512.Max(best, Vector512.Load(x + i));
        }

        float max = float.NegativeInfinity;
        for (int place = 0; place < Width; place++)
        {
            max = MathF.Max(max, best[place]);
        }

        for (; i < length; i++)
        {
            max = MathF.Max(max, x[i]);
        }

        return max;
    }

    /// <summary>y[i] = e^(x[i] - shift); returns the sum of y. x and y may be the same memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float ExpShifted(float* x, float shift, int length, float* y)
    {
        Vector512<float> sum = Vector512<float>.Zero;
        Vector512<float> shifts = Vector512.Create(shift);
        int i = 0;
        for (; i + Width <= length; i += Width)
        {
            Vector512<float> value = Exp(Vector512.Load(x + i) - shifts);
            value.Store(y + i);
            sum += value;
        }

        float total = Vector512.Sum(sum);
        for (; i < length; i++)
        {
            y[i] = Exp(x[i] - shift);
            total += y[i];
        }

        return total;
    }

    /// <summary>x[i] *= factor.</summary>
    public static void Scale(float* x, float factor, int length)
    {
        int i = 0;
        for (; i + Width <= length; i += Width)
        {
            (Vector512.Load(x + i) * factor).Store(x + i);
        }

        for (; i < length; i++)
        {
            x[i] *= factor;
        }
    }

    /// <summary>y[i] += factor * x[i].</summary>
    public static void AddScaled(float* x, float factor, long length, float* y)
    {
        Vector512<float> factors = Vector512.Create(factor);
        long i = 0;
        for (; i + Width <= length; i += Width)
        {
            Vector512.FusedMultiplyAdd(factors, Vector512.Load(x + i), Vector512.Load(y + i)).Store(y + i);
        }

        for (; i < length; i++)
        {
            y[i] = MathF.FusedMultiplyAdd(factor, x[i], y[i]);
        }
    }

    /// <summary>y[i] += x[i].</summary>
    public static void Add(float* x, long length, float* y)
    {
        long i = 0;
        for (; i + Width <= length; i += Width)
        {
            (Vector512.Load(y + i) + Vector512.Load(x + i)).Store(y + i);
        }

        for (; i < length; i++)
        {
            y[i] += x[i];
        }
    }
}
