using Alignment.Compute.Contract.Random;
using Alignment.Compute.Contract.Training;
using Alignment.Compute.Cpu.Training;
using Alignment.Models.Configuration;
using Alignment.Training.Transformers;

namespace Alignment.Training.Tests.Transformers;

/// <summary>The gradient of a whole two-layer model against central differences, tensor by tensor.</summary>
public sealed unsafe class GradientTests
{
    private const int Length = 11;
    private const int Directions = 3;
    private const float Step = 2e-2f;

    private static readonly int[] s_tokens = [3, 7, 1, 1, 20, 4, 9, 0, 15, 2, 7];
    private static readonly int[] s_targets = [7, 1, 1, 20, 4, 9, 0, 15, 2, 7, 5];
    private static readonly float[] s_weights = [1, 1, 0, 1, 0.5f, 1, 1, -0.5f, 1, 1, 1];

    public static TheoryData<string, bool> Architectures =>
        new() { { "llama", true }, { "llama", false }, { "qwen2", true }, { "qwen3", false } };

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Every_tensors_gradient_is_the_slope_of_the_loss(string type, bool tied)
    {
        using CpuTrainingBackend backend = new(threads: 1);
        using TrainableTransformer model = Create(type, tied, backend);
        using TransformerWorker worker = new(model, Length);
        using SequenceActivations activations = new(model, Length);
        worker.Forward(s_tokens, activations);
        double loss = worker.Backward(s_tokens, s_targets, s_weights, activations);
        Assert.Equal(Loss(model, worker, activations), loss, 1e-4);

        foreach (ParameterTensor tensor in model.Layout.Tensors)
        {
            for (int direction = 0; direction < Directions; direction++)
            {
                float[] vector = Direction(tensor, (ulong)direction);
                double slope = (Moved(vector, Step) - Moved(vector, -Step)) / (2 * Step);
                double expected = vector.Select((v, i) => (double)v * worker.Gradients.Pointer[tensor.Offset + i]).Sum();
                Assert.True(
                    Math.Abs(slope - expected) < 2e-3 + (0.01 * Math.Abs(expected)), $"{tensor.Name}: gradient {expected}, slope {slope}");
            }

            double Moved(float[] vector, float distance)
            {
                Move(distance);
                double moved = Loss(model, worker, activations);
                Move(-distance);
                return moved;

                void Move(float step)
                {
                    for (int i = 0; i < vector.Length; i++)
                    {
                        model.Values.Pointer[tensor.Offset + i] += step * vector[i];
                    }
                }
            }
        }
    }

    [Fact]
    public void Gradients_of_two_sequences_add_up()
    {
        using CpuTrainingBackend backend = new(threads: 1);
        using TrainableTransformer model = Create("llama", tied: true, backend);
        using TransformerWorker worker = new(model, Length);
        using SequenceActivations activations = new(model, Length);
        Backward(s_tokens);
        float[] first = Copy();
        worker.ClearGradients();
        Backward(s_targets);
        float[] second = Copy();
        Backward(s_tokens);
        Assert.All(Copy().Select((sum, i) => (sum, i)), item => Assert.Equal(first[item.i] + second[item.i], item.sum, 1e-4f));

        void Backward(int[] tokens)
        {
            worker.Forward(tokens, activations);
            worker.Backward(tokens, s_targets, s_weights, activations);
        }

        float[] Copy() => [.. Enumerable.Range(0, (int)worker.Gradients.Length).Select(i => worker.Gradients.Pointer[i])];
    }

    private static double Loss(TrainableTransformer model, TransformerWorker worker, SequenceActivations activations)
    {
        model.Refresh();
        worker.Forward(s_tokens, activations);
        float[] logProbabilities = new float[Length];
        worker.LogProbabilities(activations, s_targets, logProbabilities);
        return -logProbabilities.Zip(s_weights, (p, w) => (double)p * w).Sum();
    }

    /// <summary>Of length 1, so that one step moves every tensor as far.</summary>
    private static float[] Direction(ParameterTensor tensor, ulong seed)
    {
        float[] numbers =
        [
            .. Enumerable.Range(0, (int)tensor.Length).Select(i => (float)(Philox.Uniform(seed, (ulong)(tensor.Offset + i), 9) - 0.5)),
        ];
        float norm = MathF.Sqrt(numbers.Sum(x => x * x));
        return Array.ConvertAll(numbers, x => x / norm);
    }

    private static TrainableTransformer Create(string type, bool tied, ITrainingBackend backend)
    {
        TrainableTransformer model = new(new ModelConfig
        {
            ModelType = type,
            VocabularySize = 21,
            HiddenSize = 20,
            IntermediateSize = 28,
            Layers = 2,
            Heads = 4,
            KeyValueHeads = 2,
            HeadSize = 6,
            MaxPositions = 16,
            TieWordEmbeddings = tied,
            AttentionBias = type == "qwen2",
            QueryKeyNorm = type == "qwen3",
        }, backend);
        for (long i = 0; i < model.Values.Length; i++)
        {
            model.Values.Pointer[i] = (float)(Philox.Uniform(5, (ulong)i, 0) - 0.4) * 0.8f;
        }

        model.Refresh();
        return model;
    }
}
