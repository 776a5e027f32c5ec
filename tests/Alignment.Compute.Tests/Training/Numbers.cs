using Alignment.Compute.Memory;

namespace Alignment.Compute.Tests.Training;

/// <summary>Reproducible test inputs and the comparison of two arrays.</summary>
internal static unsafe class Numbers
{
    /// <summary>Values in [-1, 1) from a hash of the index.</summary>
    public static NativeBuffer<float> Random(long length, uint seed)
    {
        NativeBuffer<float> buffer = new(length);
        for (long i = 0; i < length; i++)
        {
            ulong z = ((ulong)i + 1) * 0x9E3779B97F4A7C15 + (seed * 0xD1B54A32D192ED03);
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            buffer[i] = ((z >> 40) / (float)(1 << 23)) - 1;
        }

        return buffer;
    }

    public static NativeBuffer<float> Copy(NativeBuffer<float> source)
    {
        NativeBuffer<float> copy = new(source.Length);
        source.Span.CopyTo(copy.Span);
        return copy;
    }

    public static void AssertClose(ReadOnlySpan<double> expected, NativeBuffer<float> actual, double tolerance)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(
                Math.Abs(expected[i] - actual[i]) <= tolerance * (1 + Math.Abs(expected[i])),
                $"[{i}]: expected {expected[i]}, got {actual[i]}");
        }
    }

    /// <summary>
    /// Compares an analytic gradient with central differences of <paramref name="loss"/>, which must read <paramref name="values"/>; checks
    /// a spread of at most 64 entries.
    /// </summary>
    public static void AssertGradient(
        NativeBuffer<float> values, NativeBuffer<float> gradient, Func<double> loss, double step = 1e-2, double tolerance = 2e-3)
    {
        long stride = Math.Max(1, values.Length / 64);
        for (long i = 0; i < values.Length; i += stride)
        {
            float saved = values[i];
            values[i] = (float)(saved + step);
            double up = loss();
            values[i] = (float)(saved - step);
            double down = loss();
            values[i] = saved;
            double expected = (up - down) / (2 * step);
            Assert.True(
                Math.Abs(expected - gradient[i]) <= tolerance * (1 + Math.Abs(expected)),
                $"[{i}]: finite difference {expected}, gradient {gradient[i]}");
        }
    }

    /// <summary>The scalar sum of weights * values: a loss whose gradient by the values is the weights.</summary>
    public static double Weighted(NativeBuffer<float> weights, NativeBuffer<float> values)
    {
        double sum = 0;
        for (long i = 0; i < weights.Length; i++)
        {
            sum += (double)weights[i] * values[i];
        }

        return sum;
    }
}
