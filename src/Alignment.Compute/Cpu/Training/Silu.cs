using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Alignment.Compute.Contract.Training;

namespace Alignment.Compute.Cpu.Training;

/// <summary>silu(x) = x * sigmoid(x), element by element.</summary>
public static unsafe class Silu
{
    /// <inheritdoc cref="ITrainingBackend.SiluForward"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(float* x, long length, float* y)
    {
        long i = 0;
        for (; i + VectorMath.Width <= length; i += VectorMath.Width)
        {
            Vector512<float> value = Vector512.Load(x + i);
            (value * VectorMath.Sigmoid(value)).Store(y + i);
        }

        for (; i < length; i++)
        {
            y[i] = x[i] / (1 + VectorMath.Exp(-x[i]));
        }
    }

    /// <inheritdoc cref="ITrainingBackend.SiluBackward"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(float* x, float* dy, long length, float* dx)
    {
        long i = 0;
        for (; i + VectorMath.Width <= length; i += VectorMath.Width)
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
