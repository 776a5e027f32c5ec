using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Alignment.Compute.Contract.Training;

namespace Alignment.Compute.Cpu.Training;

/// <summary>Softmax cross-entropy of rows of logits; the maximum is subtracted first.</summary>
public static unsafe class CrossEntropy
{
    /// <summary>log softmax(logits)[target] of each row of logits [targets, vocabulary]. Overwrites the logits.</summary>
    public static void LogProbabilities(float* logits, ReadOnlySpan<int> targets, int vocabulary, Span<float> logProbabilities)
    {
        for (int row = 0; row < targets.Length; row++, logits += vocabulary)
        {
            float max = VectorMath.Max(logits, vocabulary);
            float chosen = logits[targets[row]];
            logProbabilities[row] = chosen - max - MathF.Log(VectorMath.ExpShifted(logits, max, vocabulary, logits));
        }
    }

    /// <inheritdoc cref="ITrainingBackend.CrossEntropyForwardBackward"/>
    public static double ForwardBackward(float* logits, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights, int vocabulary)
    {
        double loss = 0;
        for (int row = 0; row < targets.Length; row++, logits += vocabulary)
        {
            if (weights[row] == 0)
            {
                new Span<float>(logits, vocabulary).Clear();
                continue;
            }

            float max = VectorMath.Max(logits, vocabulary);
            float chosen = logits[targets[row]];
            float sum = VectorMath.ExpShifted(logits, max, vocabulary, logits);
            loss -= weights[row] * (chosen - max - Math.Log(sum));
            VectorMath.Scale(logits, weights[row] / sum, vocabulary);
            logits[targets[row]] -= weights[row];
        }

        return loss;
    }
}
