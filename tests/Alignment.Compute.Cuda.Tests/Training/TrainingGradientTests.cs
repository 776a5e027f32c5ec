using Alignment.Compute.Contract.Training;
using Alignment.Compute.Cuda.Training;
using Alignment.Compute.Memory;
using Alignment.Compute.Tests.Training;

namespace Alignment.Compute.Cuda.Tests.Training;

/// <summary>The gradients of the device against finite differences of its own forward pass.</summary>
[Collection(nameof(TestDevice))]
public sealed unsafe class TrainingGradientTests
{
    [CudaFact]
    public void Attention()
    {
        const int Length = 7;
        AttentionShape shape = new(4, 2, 6);
        using CudaTrainingBackend cuda = new();
        using Arrays arrays = new(cuda);
        float* qkv = arrays.Random(Length * shape.Width, 1);
        float* dy = arrays.Random(Length * shape.QuerySize, 2);
        float* y = arrays.Zeros(Length * shape.QuerySize);
        float* logSums = arrays.Zeros(shape.Heads * Length);
        float* dQkv = arrays.Zeros(Length * shape.Width);
        Forward();
        cuda.AttentionBackward(shape, qkv, y, logSums, dy, Length, dQkv);
        AssertGradient(arrays, qkv, dQkv, Length * shape.Width, () => Weighted(arrays, dy, Forward(), Length * shape.QuerySize));

        float* Forward()
        {
            cuda.AttentionForward(shape, qkv, Length, y, logSums);
            return y;
        }
    }

    [CudaFact]
    public void RmsNorm()
    {
        const int Rows = 3, Size = 37;
        using CudaTrainingBackend cuda = new();
        using Arrays arrays = new(cuda);
        float* x = arrays.Random(Rows * Size, 1);
        float* weight = arrays.Random(Size, 2);
        float* dy = arrays.Random(Rows * Size, 3);
        float* y = arrays.Zeros(Rows * Size);
        float* scales = arrays.Zeros(Rows);
        float* dx = arrays.Zeros(Rows * Size);
        float* dWeight = arrays.Zeros(Size);
        Forward();
        cuda.RmsNormBackward(x, Size, weight, scales, dy, Size, Rows, Size, accumulate: false, dx, Size, dWeight);
        AssertGradient(arrays, x, dx, Rows * Size, () => Weighted(arrays, dy, Forward(), Rows * Size));
        AssertGradient(arrays, weight, dWeight, Size, () => Weighted(arrays, dy, Forward(), Rows * Size));

        float* Forward()
        {
            cuda.RmsNormForward(x, Size, weight, Rows, Size, 1e-5f, y, Size, scales);
            return y;
        }
    }

    [CudaFact]
    public void Cross_entropy()
    {
        const int Vocabulary = 37;
        int[] targets = [3, 36, 0];
        float[] weights = [0.5f, 0, 2];
        using CudaTrainingBackend cuda = new();
        using Arrays arrays = new(cuda);
        int length = targets.Length * Vocabulary;
        float* logits = arrays.Random(length, 1, 5);
        float* gradient = arrays.Of(arrays.Read(logits, length));
        double loss = cuda.CrossEntropyForwardBackward(gradient, targets, weights, Vocabulary);
        Assert.Equal(Loss(), loss, 1e-5);
        AssertGradient(arrays, logits, gradient, length, Loss);

        double Loss()
        {
            float[] logProbabilities = new float[targets.Length];
            cuda.LogProbabilities(logits, targets, Vocabulary, logProbabilities);
            return -weights.Zip(logProbabilities, (weight, logProbability) => (double)weight * logProbability).Sum();
        }
    }

    private static double Weighted(Arrays arrays, float* weights, float* values, int length)
        => arrays.Read(weights, length).Zip(arrays.Read(values, length), (weight, value) => (double)weight * value).Sum();

    /// <summary>Differences are taken on a copy in the host's memory, which each loss sends to the device first.</summary>
    private static void AssertGradient(Arrays arrays, float* values, float* gradient, int length, Func<double> loss)
    {
        using NativeBuffer<float> host = new(length);
        using NativeBuffer<float> slopes = new(length);
        arrays.Read(values, length).CopyTo(host.Span);
        arrays.Read(gradient, length).CopyTo(slopes.Span);
        Numbers.AssertGradient(host, slopes, () =>
        {
            arrays.Write(host.Span, values);
            return loss();
        });
        arrays.Write(host.Span, values);
    }
}
