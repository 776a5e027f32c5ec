using Alignment.Compute.Contract.Random;
using Alignment.Compute.Contract.Training;
using Alignment.Models.Configuration;
using Alignment.Training.Data;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Transformers;

namespace Alignment.Training.Tests.Rewards;

/// <summary>A random two-layer model and random pairs over its vocabulary.</summary>
internal static class TinyModel
{
    public const int Vocabulary = 24;

    public static TrainableTransformer Create(ITrainingBackend backend, string type = "llama")
    {
        TrainableTransformer model = new(new ModelConfig
        {
            ModelType = type,
            VocabularySize = Vocabulary,
            HiddenSize = 16,
            IntermediateSize = 24,
            Layers = 2,
            Heads = 2,
            KeyValueHeads = 1,
            HeadSize = 8,
            MaxPositions = 32,
            TieWordEmbeddings = true,
            AttentionBias = type == "qwen2",
            QueryKeyNorm = type == "qwen3",
        }, backend);
        model.Initialize(seed: 3);
        float[] values = new float[model.Values.Length];
        model.Values.Read(0, values);
        // far from linear, so that gradients are worth checking
        model.Values.Write(0, Array.ConvertAll(values, value => value == 1 ? 1 : 10 * value));
        model.Refresh();
        return model;
    }

    /// <summary>Pairs as all there is to learn from.</summary>
    public static RewardData Data(params RewardExample[] pairs) => new(new DataMix([new MixSource("test")]), pairs, [], []);

    /// <summary>
    /// Pairs whose chosen response ends with <paramref name="good"/> and whose rejected one ends with <paramref name="bad"/>.
    /// </summary>
    public static RewardExample[] Pairs(int count, ulong seed, int good, int bad)
    {
        return [.. Enumerable.Range(0, count).Select(i => Example(Response(i, 0, good), Response(i, 1, bad), $"{i}"))];

        static RewardExample Example(ResponseTokens chosen, ResponseTokens rejected, string prompt) =>
            new(chosen, rejected, 1, "test", new ComparedTexts(prompt, chosen.Count, rejected.Count, IsBorrowed: false));

        ResponseTokens Response(int pair, int side, int last)
        {
            const int Prompt = 3;
            int length = Prompt + 2 + (int)(4 * Uniform(pair, side, 99));
            int[] tokens = [.. Enumerable.Range(0, length).Select(i => (int)(Vocabulary * Uniform(pair, i < Prompt ? 0 : side, i)))];
            tokens[^1] = last;
            return new ResponseTokens(tokens, Prompt);
        }

        double Uniform(int pair, int side, int position) => Philox.Uniform(seed, (ulong)((pair * 2) + side), (ulong)position);
    }
}
