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

    public static TheoryData<string, bool, int[]> Architectures => new()
    {
        { "llama", true, [0] },
        { "llama", false, [0] },
        { "qwen2", true, [0] },
        { "qwen3", false, [0] },
        { "llama", true, [0, 4] },
        { "qwen3", false, [0, 1, 7] },
    };

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Every_tensors_gradient_is_the_slope_of_the_loss(string type, bool tied, int[] starts)
    {
        using CpuTrainingBackend backend = new(threads: 1);
        using TrainableTransformer model = Create(type, tied, backend);
        using TransformerWorker worker = new(model, Length);
        using SequenceActivations activations = new(model, Length);
        using TrainingBuffer gradients = backend.Allocate(model.Layout.Length);
        worker.Forward(s_tokens, starts, activations);
        double loss = worker.Backward(s_tokens, s_targets, s_weights, activations, gradients);
        Assert.Equal(Loss(model, worker, starts, activations), loss, 1e-4);

        foreach (ParameterTensor tensor in model.Layout.Tensors)
        {
            for (int direction = 0; direction < Directions; direction++)
            {
                float[] vector = Direction(tensor, (ulong)direction);
                double slope = (Moved(vector, Step) - Moved(vector, -Step)) / (2 * Step);
                double expected = vector.Select((v, i) => (double)v * gradients.Pointer[tensor.Offset + i]).Sum();
                Assert.True(
                    Math.Abs(slope - expected) < 2e-3 + (0.01 * Math.Abs(expected)), $"{tensor.Name}: gradient {expected}, slope {slope}");
            }

            double Moved(float[] vector, float distance)
            {
                Move(distance);
                double moved = Loss(model, worker, starts, activations);
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
        using TrainingBuffer gradients = backend.Allocate(model.Layout.Length);
        Backward(s_tokens);
        float[] first = Copy();
        gradients.Clear();
        Backward(s_targets);
        float[] second = Copy();
        Backward(s_tokens);
        Assert.All(Copy().Select((sum, i) => (sum, i)), item => Assert.Equal(first[item.i] + second[item.i], item.sum, 1e-4f));

        void Backward(int[] tokens)
        {
            worker.Forward(tokens, activations);
            worker.Backward(tokens, s_targets, s_weights, activations, gradients);
        }

        float[] Copy() => [.. Enumerable.Range(0, (int)gradients.Length).Select(i => gradients.Pointer[i])];
    }

    /// <summary>Changing another document changes no bit; the same document alone differs by rounding only.</summary>
    [Fact]
    public void A_document_does_not_see_the_others_of_its_sequence()
    {
        int[] starts = [0, 4, 5];
        using CpuTrainingBackend backend = new(threads: 1);
        using TrainableTransformer model = Create("qwen3", tied: true, backend);
        using TransformerWorker worker = new(model, Length);
        using SequenceActivations activations = new(model, Length);
        float[] together = LogProbabilities(worker, s_tokens, s_targets, starts, activations);
        int[] others = [.. s_tokens];
        (others[1], others[4], others[^1]) = (19, 18, 17);
        float[] beside = LogProbabilities(worker, others, s_targets, starts, activations);
        Assert.Equal(together[0], beside[0]);
        Assert.NotEqual(together[1], beside[1]);
        Assert.Equal(together[5..^1], beside[5..^1]);
        float[] alone = LogProbabilities(worker, s_tokens[5..], s_targets[5..], [0], activations);
        Assert.All(alone.Zip(together[5..]), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        float[] joined = LogProbabilities(worker, s_tokens, s_targets, [0], activations);
        Assert.All(Enumerable.Range(5, 6), i => Assert.NotEqual(joined[i], together[i], 1e-4f));
    }

    [Theory]
    [InlineData, InlineData(1), InlineData(0, 0), InlineData(0, 3, 3), InlineData(0, 5, 4), InlineData(0, Length)]
    public void Starts_of_documents_must_ascend_within_the_sequence(params int[] starts)
    {
        using CpuTrainingBackend backend = new(threads: 1);
        using TrainableTransformer model = Create("llama", tied: true, backend);
        using TransformerWorker worker = new(model, Length);
        using SequenceActivations activations = new(model, Length);
        Assert.Throws<ArgumentException>(() => worker.Forward(s_tokens, starts, activations));
    }

    private static float[] LogProbabilities(
        TransformerWorker worker, int[] tokens, int[] targets, int[] starts, SequenceActivations activations)
    {
        worker.Forward(tokens, starts, activations);
        float[] logProbabilities = new float[tokens.Length];
        worker.LogProbabilities(activations, targets, logProbabilities);
        return logProbabilities;
    }

    private static double Loss(TrainableTransformer model, TransformerWorker worker, int[] starts, SequenceActivations activations)
    {
        model.Refresh();
        float[] logProbabilities = LogProbabilities(worker, s_tokens, s_targets, starts, activations);
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
