using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Alignment.Compute.Contract.Training;

namespace Alignment.Compute.Cpu.Training;

/// <summary>The AdamW update (Loshchilov and Hutter, 2019) and the norm that clipping needs, on flat arrays.</summary>
public static unsafe class AdamW
{
    /// <inheritdoc cref="ITrainingBackend.UpdateAdamW"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Step(in AdamWStep step, float* gradients, long length, float* firstMoments, float* secondMoments, float* values)
    {
        Vector512<float> beta1 = Vector512.Create(step.Beta1);
        Vector512<float> beta2 = Vector512.Create(step.Beta2);
        Vector512<float> one = Vector512<float>.One;
        Vector512<float> rate = Vector512.Create(step.LearningRate / step.FirstCorrection);
        Vector512<float> secondCorrection = Vector512.Create(1 / step.SecondCorrection);
        Vector512<float> epsilon = Vector512.Create(step.Epsilon);
        Vector512<float> keep = Vector512.Create(1 - (step.LearningRate * step.Decay));
        Vector512<float> scale = Vector512.Create(step.GradientScale);
        long i = 0;
        for (; i + VectorMath.Width <= length; i += VectorMath.Width)
        {
            Vector512<float> gradient = Vector512.Load(gradients + i) * scale;
            Vector512<float> m = (beta1 * Vector512.Load(firstMoments + i)) + ((one - beta1) * gradient);
            Vector512<float> v = (beta2 * Vector512.Load(secondMoments + i)) + ((one - beta2) * gradient * gradient);
            m.Store(firstMoments + i);
            v.Store(secondMoments + i);
            Vector512<float> direction = m / (Vector512.Sqrt(v * secondCorrection) + epsilon);
            ((keep * Vector512.Load(values + i)) - (rate * direction)).Store(values + i);
        }

        for (; i < length; i++)
        {
            float gradient = gradients[i] * step.GradientScale;
            firstMoments[i] = (step.Beta1 * firstMoments[i]) + ((1 - step.Beta1) * gradient);
            secondMoments[i] = (step.Beta2 * secondMoments[i]) + ((1 - step.Beta2) * gradient * gradient);
            float direction = firstMoments[i] / (MathF.Sqrt(secondMoments[i] / step.SecondCorrection) + step.Epsilon);
            values[i] = ((1 - (step.LearningRate * step.Decay)) * values[i]) - (step.LearningRate / step.FirstCorrection * direction);
        }
    }

    /// <summary>Sum of squares, in double.</summary>
    public static double SumOfSquares(float* values, long length)
    {
        const int Block = 4096;
        double total = 0;
        for (long i = 0; i < length; i += Block)
        {
            total += VectorMath.Dot(values + i, values + i, (int)Math.Min(Block, length - i));
        }

        return total;
    }

    /// <summary>target[i] += source[i].</summary>
    public static void Accumulate(float* source, long length, float* target) => VectorMath.Add(source, length, target);
}
