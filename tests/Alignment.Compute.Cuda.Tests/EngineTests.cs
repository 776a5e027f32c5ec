using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Reference;
using Alignment.Compute.Tests.Cpu;
using Alignment.Inference;
using Alignment.Inference.HiddenStates;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;
using Alignment.Models.Checkpoints;
using Alignment.Models.Transformers;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Compute.Cuda.Tests;

/// <summary>The engine over a device.</summary>
[Collection(nameof(TestDevice))]
public sealed class EngineTests
{
    private const int Tokens = 6;

    [CudaFact]
    public async Task Requests_give_the_same_tokens_alone_and_among_others()
    {
        using TemporaryFolder folder = new();
        using CudaBackend backend = new();
        using Transformer model = Load(folder, backend);
        await using Engine engine = new(model, new EngineOptions { Pages = 64, PrefillChunk = 40 });
        int[] alone = await GenerateAsync(engine, length: 70, seed: 1);
        int[][] together = await Task.WhenAll(Enumerable.Range(1, 5).Select(seed => GenerateAsync(engine, 70, seed)));
        Assert.Equal(alone, together[0]);
        Assert.Contains(together, tokens => !tokens.SequenceEqual(alone));
        await engine.CheckIntegrityAsync();
    }

    /// <summary>Of one prompt, so that pages would be mixed if anything could mix them.</summary>
    [CudaFact]
    public async Task Edited_requests_give_the_same_tokens_alone_and_among_unedited_ones()
    {
        using TemporaryFolder folder = new();
        using CudaBackend backend = new();
        using Transformer model = Load(folder, backend);
        using Tensor vectors = Inputs.Tensor(backend, 2, model.Config.HiddenSize, 1);
        HiddenEdit[] edits = [new(new(0), vectors, 0, 8), new(new(1, HiddenSite.Attention), vectors, 1, -8, FirstPosition: 50)];
        await using Engine engine = new(model, new EngineOptions { Pages = 64, PrefillChunk = 40 });
        int[] plain = await GenerateAsync(engine, 70, seed: 1);
        int[] edited = await GenerateAsync(engine, 70, seed: 1, edits);
        Assert.NotEqual(plain, edited);
        int[][] together = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(i => GenerateAsync(engine, 70, seed: 1, i % 2 == 0 ? edits : [])));
        Assert.Equal([edited, plain, edited, plain], together);
        await engine.CheckIntegrityAsync();
    }

    [CudaFact]
    public async Task Scores_of_known_tokens_are_those_of_the_reference()
    {
        (float[] expected, TokenLogProbability[][] expectedTop) = await ScoreAsync(new ReferenceBackend());
        (float[] actual, TokenLogProbability[][] actualTop) = await ScoreAsync(new CudaBackend());
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 5e-3f));
        Assert.All(expectedTop.Zip(actualTop), pair => Assert.Equal(pair.First[0].LogProbability, pair.Second[0].LogProbability, 5e-3f));
    }

    /// <summary>Four budgets a pass, as where a pass can be given up, would be three passes, of all the rows that they may have.</summary>
    [CudaFact]
    public async Task A_lone_prompt_costs_one_budget_a_pass_as_no_pass_can_be_given_up()
    {
        using TemporaryFolder folder = new();
        using CudaBackend backend = new();
        using Transformer model = Load(folder, backend);
        await using Engine engine = new(model, new EngineOptions { Pages = 64, PrefillChunk = 32 });
        long[] passes = await engine.RunAsync(
            async session =>
            {
                using Sequence sequence = session.CreateSequence([.. Enumerable.Range(0, 96)], []);
                await sequence.NextAsync(new NextTokenRule());
                return (long[])[engine.Statistics.Passes, engine.Statistics.ForwardTokens];
            },
            new SessionOptions(),
            CancellationToken.None);
        Assert.Equal([8, 96], passes);
    }

    [EmulatorFact]
    public async Task A_pass_that_the_devices_memory_cannot_hold_is_refused_and_the_next_request_served()
    {
        using TemporaryFolder folder = new();
        using CudaBackend backend = new();
        using Transformer model = Load(folder, backend);
        await using Engine engine = new(model, new EngineOptions { Pages = 64 });
        int[] before = await GenerateAsync(engine, length: 3, seed: 1);
        TestDevice.SetFull(true);
        try
        {
            EngineOverloadedException refusal = await Assert.ThrowsAsync<EngineOverloadedException>(
                () => GenerateAsync(engine, length: 90, seed: 2));
            Assert.Equal("memory", refusal.What);
        }
        finally
        {
            TestDevice.SetFull(false);
        }

        Assert.True(engine.Healthy);
        await engine.CheckIntegrityAsync();
        Assert.Equal(before, await GenerateAsync(engine, length: 3, seed: 1));
        Assert.Equal(Tokens, (await GenerateAsync(engine, length: 90, seed: 2)).Length);
        Assert.Equal(1, engine.Statistics.Refused);
    }

    private static async Task<(float[] LogProbabilities, TokenLogProbability[][] Top)> ScoreAsync(IBackend owned)
    {
        using TemporaryFolder folder = new();
        using IBackend backend = owned;
        using Transformer model = Load(folder, backend);
        await using Engine engine = new(model, new EngineOptions { Pages = 64 });
        float[] scores = new float[39];
        TokenLogProbability[][] top = [.. scores.Select(_ => new TokenLogProbability[2])];
        await engine.RunAsync(
            async session =>
            {
                using Sequence sequence = session.CreateSequence([.. Enumerable.Range(0, 40).Select(i => (i * 29) % 256)], []);
                await sequence.ScoreAsync(1, scores, top);
                return true;
            },
            new SessionOptions(),
            CancellationToken.None);
        return (scores, top);
    }

    private static Transformer Load(TemporaryFolder folder, IBackend backend)
    {
        TinyCheckpoint.Write(folder.Path, TinyArchitecture.Llama);
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        return Transformer.Load(checkpoint, backend, new TransformerLimits(128, 16));
    }

    private static Task<int[]> GenerateAsync(Engine engine, int length, int seed, HiddenEdit[]? edits = null) => engine.RunAsync(
        async session =>
        {
            NextTokenRule rule = new() { Seed = (ulong)seed };
            using Sequence sequence = session.CreateSequence(
                [.. Enumerable.Range(0, length).Select(i => ((i * 37) + seed) % 256)], [], edits: edits);
            List<int> tokens = [];
            while (tokens.Count < Tokens)
            {
                tokens.Add((await sequence.NextAsync(rule)).Token);
            }

            return tokens.ToArray();
        },
        new SessionOptions(),
        CancellationToken.None);
}
