using System.Runtime.Intrinsics;
using Alignment.Compute.Contract.Training;

namespace Alignment.Compute.Cpu.Training;

/// <summary>
/// Rotary position embedding in the Hugging Face half-split layout: elements i and i + size/2 of a head form a pair that turns by
/// position * frequency(i). The backward pass is the inverse turn.
/// </summary>
public static unsafe class Rotary
{
    /// <inheritdoc cref="ITrainingBackend.RotaryForward"/>
    public static void Forward(float* cosines, float* sines, int rows, int heads, int size, float* x, long stride)
        => Rotate(cosines, sines, rows, heads, size, direction: 1, x, stride);

    /// <inheritdoc cref="ITrainingBackend.RotaryBackward"/>
    public static void Backward(float* cosines, float* sines, int rows, int heads, int size, float* dx, long stride)
        => Rotate(cosines, sines, rows, heads, size, direction: -1, dx, stride);

    private static void Rotate(float* cosines, float* sines, int rows, int heads, int size, float direction, float* x, long stride)
    {
        int half = size / 2;
        for (int row = 0; row < rows; row++)
        {
            float* cosine = cosines + ((long)row * half);
            float* sine = sines + ((long)row * half);
            for (int head = 0; head < heads; head++)
            {
                float* first = x + (row * stride) + ((long)head * size);
                float* second = first + half;
                int i = 0;
                for (; i + Vector256<float>.Count <= half; i += Vector256<float>.Count)
                {
                    Vector256<float> a = Vector256.Load(first + i);
                    Vector256<float> b = Vector256.Load(second + i);
                    Vector256<float> c = Vector256.Load(cosine + i);
                    Vector256<float> s = Vector256.Load(sine + i) * direction;
                    ((a * c) - (b * s)).Store(first + i);
                    ((b * c) + (a * s)).Store(second + i);
                }

                for (; i < half; i++)
                {
                    float a = first[i];
                    float b = second[i];
                    float s = sine[i] * direction;
                    first[i] = (a * cosine[i]) - (b * s);
                    second[i] = (b * cosine[i]) + (a * s);
                }
            }
        }
    }
}
