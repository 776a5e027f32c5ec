using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cpu;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;
using Alignment.Models;
using Alignment.Models.Transformers;
using Alignment.Tests;

namespace Alignment.Inference.Tests;

/// <summary>Batch invariance once more, with trained weights in bf16.</summary>
public sealed class TinyChatTests
{
    private const string Folder = "models/tiny-chat";
    private const int Requests = 6;

    [RepositoryFact(Folder + "/model.safetensors")]
    public async Task Trained_weights_give_the_same_bits_alone_and_together()
    {
        StepRecord[][] alone = await RunAsync(threads: 1, chunk: 512, together: false);
        StepRecord[][] together = await RunAsync(threads: 2, chunk: 7, together: true);
        Assert.Equal(alone, together);
    }

    private static async Task<StepRecord[][]> RunAsync(int threads, int chunk, bool together)
    {
        using var backend = CpuBackend.Create(threads);
        using var model = LanguageModel.Load(
            Path.Combine(RepositoryPaths.Root, Folder), backend, new TransformerLimits(MaxRows: 64, MaxOutputs: 16));
        await using var engine = new Engine(
            model.Transformer, new EngineOptions { Pages = 64, PrefillChunk = chunk }, model.Tokenizer.VocabularySize);
        var requests = new Task<StepRecord[]>[Requests];
        for (int i = 0; i < Requests; i++)
        {
            int[] prompt = [.. model.Tokenizer.Encode($"Tell me {i + 1} things about the sea and the people who live by it.")];
            requests[i] = GenerateAsync(
                engine, prompt, new NextTokenRule { Seed = (ulong)i, TopP = 0.9f, TopLogProbabilities = 2, Report = true });
            await (together ? Task.CompletedTask : requests[i]);
        }

        return await Task.WhenAll(requests);
    }

    private static Task<StepRecord[]> GenerateAsync(Engine engine, int[] prompt, NextTokenRule rule) => engine.RunAsync(
        async session =>
        {
            using Sequence sequence = session.CreateSequence(prompt, []);
            var steps = new StepRecord[16];
            for (int i = 0; i < steps.Length; i++)
            {
                steps[i] = StepRecord.Of(await sequence.NextAsync(rule));
            }

            return steps;
        },
        new SessionOptions(), CancellationToken.None);
}
