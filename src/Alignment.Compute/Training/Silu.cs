using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Alignment.Compute.Training;

/// <summary>silu(x) = x * sigmoid(x), element by element.</summary>
public static unsafe class Silu
{
    /// <summary>y = silu(x); both may be the same memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(float* x, long length, float* y)
    {
        long i = 0;
        for (; i + VectorMath.Lanes <= length; i += VectorMath.Lanes)
        {
            Vector512<float> value = Vector512.Load(x + i);
            (value * VectorMath.Sigmoid(value)).Store(y + i);
        }

        for (; i < length; i++)
        {
            y[i] = x[i] / (1 + VectorMath.Exp(-x[i]));
        }
    }

    /// <summary>dx = dy * silu'(x) with silu' = s + x s (1 - s), s = sigmoid(x); dy and dx may be the same memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(float* x, float* dy, long length, float* dx)
    {
        long i = 0;
        for (; i + VectorMath.Lanes <= length; i += VectorMath.Lanes)
        {
            Vector512<float> value = Vector512.Load(x + i);
            Vector512<float> sigmoid = VectorMath.Sigmoid(value);
            (Vector512.Load(dy + i) * (sigmoid + (value * sigmoid * (Vector512<float>.One - sigmoid)))).Store(dx + i);
        }

        for (; i < length; i++)
        {
            float sigmoid = 1 / (1 + VectorMath.Exp(-x[i]));
            dx[i] = dy[i] * (sigmoid + (x[i] * sigmoid * (1 - sigmoid)));
        }
    }
}
