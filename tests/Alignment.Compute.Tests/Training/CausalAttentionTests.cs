using Alignment.Compute.Contract.Training;
using Alignment.Compute.Cpu.Training;
using Alignment.Compute.Memory;

namespace Alignment.Compute.Tests.Training;

public sealed unsafe class CausalAttentionTests
{
    [Theory]
    [InlineData(4, 2, 8, 5)]
    [InlineData(2, 2, 32, 61)]
    [InlineData(3, 1, 64, 300)]
    public void Attention_equals_the_definition(int heads, int keyValueHeads, int headSize, int length)
    {
        AttentionShape shape = new(heads, keyValueHeads, headSize);
        using NativeBuffer<float> qkv = Numbers.Random((long)length * shape.Width, 1);
        using NativeBuffer<float> y = new((long)length * shape.QuerySize);
        using NativeBuffer<float> logSums = new((long)heads * length);
        using CausalAttention attention = new(shape, length);

        attention.Forward(qkv.Pointer, length, y.Pointer, logSums.Pointer);

        Numbers.AssertClose(Reference(shape, qkv, length), y, 1e-5);
    }

    [Theory]
    [InlineData(4, 2, 8, 7)]
    [InlineData(2, 1, 32, 101)]
    public void Gradient_matches_differences(int heads, int keyValueHeads, int headSize, int length)
    {
        AttentionShape shape = new(heads, keyValueHeads, headSize);
        using NativeBuffer<float> qkv = Numbers.Random((long)length * shape.Width, 1);
        using NativeBuffer<float> dy = Numbers.Random((long)length * shape.QuerySize, 2);
        using NativeBuffer<float> y = new((long)length * shape.QuerySize);
        using NativeBuffer<float> dQkv = new(qkv.Length);
        using NativeBuffer<float> logSums = new((long)heads * length);
        using CausalAttention attention = new(shape, length + 3);
        attention.Forward(qkv.Pointer, length, y.Pointer, logSums.Pointer);
        attention.Backward(qkv.Pointer, y.Pointer, logSums.Pointer, dy.Pointer, length, dQkv.Pointer);

        Numbers.AssertGradient(qkv, dQkv, () =>
        {
            double[] output = Reference(shape, qkv, length);
            double sum = 0;
            for (int i = 0; i < output.Length; i++)
            {
                sum += output[i] * dy[i];
            }

            return sum;
        });
    }

    private static double[] Reference(AttentionShape shape, NativeBuffer<float> qkv, int length)
    {
        double[] y = new double[length * shape.QuerySize];
        for (int head = 0; head < shape.Heads; head++)
        {
            int query = head * shape.HeadSize;
            int key = shape.QuerySize + (head / shape.Group * shape.HeadSize);
            int value = key + shape.KeyValueSize;
            for (int t = 0; t < length; t++)
            {
                double[] weights = new double[t + 1];
                for (int s = 0; s <= t; s++)
                {
                    double dot = 0;
                    for (int i = 0; i < shape.HeadSize; i++)
                    {
                        dot += (double)qkv[(t * shape.Width) + query + i] * qkv[(s * shape.Width) + key + i];
                    }

                    weights[s] = Math.Exp(dot / Math.Sqrt(shape.HeadSize));
                }

                double total = weights.Sum();
                for (int i = 0; i < shape.HeadSize; i++)
                {
                    for (int s = 0; s <= t; s++)
                    {
                        y[(t * shape.QuerySize) + query + i] += weights[s] / total * qkv[(s * shape.Width) + value + i];
                    }
                }
            }
        }

        return y;
    }
}
