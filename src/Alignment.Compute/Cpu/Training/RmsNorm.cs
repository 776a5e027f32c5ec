using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Alignment.Compute.Contract.Training;

namespace Alignment.Compute.Cpu.Training;

/// <summary>Root-mean-square normalisation: y = weight * x * r with r = 1 / sqrt(mean(x^2) + epsilon), row by row.</summary>
public static unsafe class RmsNorm
{
    /// <inheritdoc cref="ITrainingBackend.RmsNormForward"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(
        float* x, long xStride, float* weight, int rows, int size, float epsilon, float* y, long yStride, float* scales)
    {
        for (int row = 0; row < rows; row++, x += xStride, y += yStride)
        {
            float scale = 1 / MathF.Sqrt((VectorMath.Dot(x, x, size) / size) + epsilon);
            scales[row] = scale;
            int i = 0;
            for (; i + VectorMath.Width <= size; i += VectorMath.Width)
            {
                (Vector512.Load(x + i) * scale * Vector512.Load(weight + i)).Store(y + i);
            }

            for (; i < size; i++)
            {
                y[i] = x[i] * scale * weight[i];
            }
        }
    }

    /// <inheritdoc cref="ITrainingBackend.RmsNormBackward"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(
        float* x,
        long xStride,
        float* weight,
        float* scales,
        float* dy,
        long dyStride,
        int rows,
        int size,
        bool accumulate,
        float* dx,
        long dxStride,
        float* dWeight)
    {
        for (int row = 0; row < rows; row++, x += xStride, dy += dyStride, dx += dxStride)
        {
            float scale = scales[row];
            float projection = WeightGradient(x, weight, dy, size, scale, dWeight) * scale * scale * scale / size;
            int i = 0;
            for (; i + VectorMath.Width <= size; i += VectorMath.Width)
            {
                Vector512<float> value = (Vector512.Load(weight + i) * Vector512.Load(dy + i) * scale) - (
                    Vector512.Load(x + i) * projection);
                (accumulate ? Vector512.Load(dx + i) + value : value).Store(dx + i);
            }

            for (; i < size; i++)
            {
                float value = (weight[i] * dy[i] * scale) - (x[i] * projection);
                dx[i] = accumulate ? dx[i] + value : value;
            }
        }
    }

    /// <summary>dWeight += dy * x * scale; returns sum(weight * dy * x).</summary>
    private static float WeightGradient(float* x, float* weight, float* dy, int size, float scale, float* dWeight)
    {
        Vector512<float> sum = Vector512<float>.Zero;
        int i = 0;
        for (; i + VectorMath.Width <= size; i += VectorMath.Width)
        {
            Vector512<float> product = Vector512.Load(dy + i) * Vector512.Load(x + i);
            sum = Vector512.FusedMultiplyAdd(product, Vector512.Load(weight + i), sum);
            Vector512.FusedMultiplyAdd(product, Vector512.Create(scale), Vector512.Load(dWeight + i)).Store(dWeight + i);
        }

        float total = Vector512.Sum(sum);
        for (; i < size; i++)
        {
            float product = dy[i] * x[i];
            total += product * weight[i];
            dWeight[i] += product * scale;
        }

        return total;
    }
}
