using Alignment.Compute.Contract.Training;
using Alignment.Compute.Cpu.Training;
using Alignment.Compute.Memory;

namespace Alignment.Compute.Tests.Training;

public sealed unsafe class KernelTests
{
    [Theory]
    [InlineData(5, 32)]
    [InlineData(3, 37)]
    public void RmsNorm_matches_its_formula_and_its_gradient_matches_differences(int rows, int size)
    {
        const float Epsilon = 1e-5f;
        using NativeBuffer<float> x = Numbers.Random((long)rows * size, 1);
        using NativeBuffer<float> weight = Numbers.Random(size, 2);
        using NativeBuffer<float> dy = Numbers.Random((long)rows * size, 3);
        using NativeBuffer<float> y = new((long)rows * size);
        using NativeBuffer<float> dx = new((long)rows * size);
        using NativeBuffer<float> dWeight = new(size);
        using NativeBuffer<float> scales = new(rows);
        RmsNorm.Forward(x.Pointer, size, weight.Pointer, rows, size, Epsilon, y.Pointer, size, scales.Pointer);
        RmsNorm.Backward(
            x.Pointer,
            size,
            weight.Pointer,
            scales.Pointer,
            dy.Pointer,
            size,
            rows,
            size,
            accumulate: false,
            dx.Pointer,
            size,
            dWeight.Pointer);

        double[] expected = new double[rows * size];
        for (int row = 0; row < rows; row++)
        {
            double mean = 0;
            for (int i = 0; i < size; i++)
            {
                mean += (double)x[(row * size) + i] * x[(row * size) + i] / size;
            }

            for (int i = 0; i < size; i++)
            {
                expected[(row * size) + i] = x[(row * size) + i] / Math.Sqrt(mean + Epsilon) * weight[i];
            }
        }

        Numbers.AssertClose(expected, y, 1e-5);
        double Loss()
        {
            RmsNorm.Forward(x.Pointer, size, weight.Pointer, rows, size, Epsilon, y.Pointer, size, scales.Pointer);
            return Numbers.Weighted(dy, y);
        }

        Numbers.AssertGradient(x, dx, Loss);
        Numbers.AssertGradient(weight, dWeight, Loss);
    }

    [Theory]
    [InlineData(4, 48)]
    [InlineData(3, 19)]
    public void SwiGlu_matches_its_formula_and_its_gradient_matches_differences(int rows, int size)
    {
        using NativeBuffer<float> gateUp = Numbers.Random(2L * rows * size, 1);
        using NativeBuffer<float> dy = Numbers.Random((long)rows * size, 2);
        using NativeBuffer<float> y = new((long)rows * size);
        using NativeBuffer<float> dGateUp = new(2L * rows * size);
        VectorMath.Scale(gateUp.Pointer, 4, 2 * rows * size);
        SwiGlu.Forward(gateUp.Pointer, rows, size, y.Pointer);
        SwiGlu.Backward(gateUp.Pointer, dy.Pointer, rows, size, dGateUp.Pointer);

        double[] expected = new double[rows * size];
        for (int i = 0; i < expected.Length; i++)
        {
            int gate = (i / size * 2 * size) + (i % size);
            expected[i] = gateUp[gate] / (1 + Math.Exp(-gateUp[gate])) * gateUp[gate + size];
        }

        Numbers.AssertClose(expected, y, 1e-5);
        Numbers.AssertGradient(gateUp, dGateUp, () =>
        {
            SwiGlu.Forward(gateUp.Pointer, rows, size, y.Pointer);
            return Numbers.Weighted(dy, y);
        });
    }

    [Fact]
    public void Rotary_turns_pairs_and_its_backward_undoes_it()
    {
        const int Rows = 6, Heads = 3, Size = 8, Half = Size / 2;
        using NativeBuffer<float> cosines = new(Rows * Half);
        using NativeBuffer<float> sines = new(Rows * Half);
        for (int i = 0; i < Rows * Half; i++)
        {
            double angle = i / Half * Math.Pow(100, -2.0 * (i % Half) / Size);
            (cosines[i], sines[i]) = ((float)Math.Cos(angle), (float)Math.Sin(angle));
        }

        using NativeBuffer<float> x = Numbers.Random(Rows * Heads * Size, 1);
        double[] before = Array.ConvertAll(x.Span.ToArray(), v => (double)v);
        Rotary.Forward(cosines.Pointer, sines.Pointer, Rows, Heads, Size, x.Pointer, Heads * Size);

        double[] expected = new double[before.Length];
        for (int i = 0; i < before.Length; i++)
        {
            int position = i / (Heads * Size);
            int place = i % Size;
            int pair = (position * Half) + (place % Half);
            expected[i] = place < Half
                ? (before[i] * cosines[pair]) - (before[i + Half] * sines[pair])
                : (before[i] * cosines[pair]) + (before[i - Half] * sines[pair]);
        }

        Numbers.AssertClose(expected, x, 1e-6);
        Rotary.Backward(cosines.Pointer, sines.Pointer, Rows, Heads, Size, x.Pointer, Heads * Size);
        Numbers.AssertClose(before, x, 1e-6);
    }

    [Fact]
    public void Cross_entropy_matches_its_definition_and_its_gradient_matches_differences()
    {
        const int Vocabulary = 37;
        int[] targets = [3, 36, 0];
        float[] weights = [0.5f, 0, 2];
        using NativeBuffer<float> logits = Numbers.Random(targets.Length * Vocabulary, 1);
        VectorMath.Scale(logits.Pointer, 5, (int)logits.Length);
        using NativeBuffer<float> gradient = Numbers.Copy(logits);
        double loss = CrossEntropy.ForwardBackward(gradient.Pointer, targets, weights, Vocabulary);

        double Loss()
        {
            double sum = 0;
            for (int row = 0; row < targets.Length; row++)
            {
                double total = 0;
                for (int i = 0; i < Vocabulary; i++)
                {
                    total += Math.Exp(logits[(row * Vocabulary) + i]);
                }

                sum -= weights[row] * (logits[(row * Vocabulary) + targets[row]] - Math.Log(total));
            }

            return sum;
        }

        Assert.Equal(Loss(), loss, 1e-4);
        Numbers.AssertGradient(logits, gradient, Loss);
        float[] logProbabilities = new float[targets.Length];
        CrossEntropy.LogProbabilities(logits.Pointer, targets, Vocabulary, logProbabilities);
        Assert.Equal(loss, -(weights[0] * logProbabilities[0]) - (weights[2] * logProbabilities[2]), 1e-4);
    }

    [Fact]
    public void Cross_entropy_of_huge_logits_stays_finite()
    {
        using NativeBuffer<float> logits = new(32);
        logits[5] = 3e38f;
        logits[6] = -3e38f;
        double loss = CrossEntropy.ForwardBackward(logits.Pointer, [5], [1], 32);

        Assert.Equal(0, loss, 1e-6);
        Assert.All(logits.Span.ToArray(), g => Assert.True(float.IsFinite(g)));
    }

    [Fact]
    public void Embedding_gradient_adds_up_repeated_tokens()
    {
        using NativeBuffer<float> table = Numbers.Random(4 * 5, 1);
        using NativeBuffer<float> y = new(3 * 5);
        using NativeBuffer<float> gradient = new(4 * 5);
        int[] tokens = [2, 0, 2];
        Embedding.Gather(table.Pointer, tokens, 5, y.Pointer);
        Embedding.ScatterAdd(y.Pointer, tokens, 5, gradient.Pointer);

        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(table[10 + i], y[i]);
            Assert.Equal(2 * table[10 + i], gradient[10 + i]);
            Assert.Equal(table[i], gradient[i]);
            Assert.Equal(0, gradient[5 + i]);
        }
    }

    [Fact]
    public void AdamW_matches_the_published_update()
    {
        const int Length = 35;
        using NativeBuffer<float> values = Numbers.Random(Length, 1);
        using NativeBuffer<float> first = new(Length);
        using NativeBuffer<float> second = new(Length);
        double[] expected = Array.ConvertAll(values.Span.ToArray(), v => (double)v);
        double[] m = new double[Length];
        double[] v = new double[Length];
        for (int t = 1; t <= 3; t++)
        {
            using NativeBuffer<float> gradients = Numbers.Random(Length, (uint)(t + 10));
            AdamWStep step = new()
            {
                LearningRate = 0.01f,
                Beta1 = 0.9f,
                Beta2 = 0.95f,
                Epsilon = 1e-8f,
                Decay = 0.1f,
                FirstCorrection = (float)(1 - Math.Pow(0.9, t)),
                SecondCorrection = (float)(1 - Math.Pow(0.95, t)),
                GradientScale = 0.5f,
            };
            AdamW.Step(step, gradients.Pointer, Length, first.Pointer, second.Pointer, values.Pointer);
            for (int i = 0; i < Length; i++)
            {
                double g = gradients[i] * 0.5;
                m[i] = (0.9 * m[i]) + (0.1 * g);
                v[i] = (0.95 * v[i]) + (0.05 * g * g);
                expected[i] -= 0.01 * (
                    (m[i] / (1 - Math.Pow(0.9, t)) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.95, t))) + 1e-8)) + (0.1 * expected[i]));
            }
        }

        Numbers.AssertClose(expected, values, 1e-5);
    }

    [Fact]
    public void Vector_exponential_follows_the_exact_one()
    {
        for (float x = -87; x < 88; x += 0.37f)
        {
            Assert.Equal(1, VectorMath.Exp(x) / Math.Exp(x), 4e-7);
        }

        Assert.True(VectorMath.Exp(float.NegativeInfinity) < 2e-38f);
    }
}
