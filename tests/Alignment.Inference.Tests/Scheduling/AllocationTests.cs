using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cpu;
using Alignment.Inference.Guides;
using Alignment.Inference.HiddenStates;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;
using Alignment.Inference.Tests.Constraints;
using Alignment.Models.Transformers;
using Alignment.Tests.Models;

namespace Alignment.Inference.Tests.Scheduling;

/// <summary>The fourth promise: no byte on the managed heap for a decoded token.</summary>
public sealed class AllocationTests
{
    /// <summary>Behind so many the memory of a path has doubled for the last time.</summary>
    private const int WarmUp = 260;

    private const int Measured = 180;

    [Theory]
    [InlineData(1, false, false), InlineData(2, false, false), InlineData(1, true, false), InlineData(2, true, true)]
    [InlineData(1, false, true)]
    public async Task Engine_and_kernels_allocate_nothing_for_a_token(int threads, bool guided, bool edited)
    {
        await using var model = new TinyModel(CpuBackend.Create(threads));
        Engine engine = model.Start(new EngineOptions { Pages = 1024 });
        Guide[] guides = guided
            ? [new AdapterGuide(model.Adapter, 1), new ModelGuide("other", model.Other, 1), new PromptGuide("contrast", [1, 2, 3], -1)]
            : [];
        HiddenEdit[] edits = edited ? [new(new(0), model.Vectors, 0, 1), new(new(1, HiddenSite.Attention), model.Vectors, 1, -1)] : [];
        var rule = new NextTokenRule { Temperature = 0.8f, TopK = 20, TopLogProbabilities = 2 };
        var begun = new TaskCompletionSource();
        Task<long>[] neighbours =
        [
            .. Enumerable.Range(0, 3).Select(_ => engine.RunAsync(NeighbourAsync, new SessionOptions(), CancellationToken.None)),
        ];
        long bytes = await engine.RunAsync(
            session =>
            {
                begun.SetResult();
                return TakeAsync(session, guides, edits, rule, Measured);
            },
            new SessionOptions(), CancellationToken.None);
        await Task.WhenAll(neighbours);
        Assert.Equal(0, bytes);

        // They go along, and on for longer.
        async ValueTask<long> NeighbourAsync(Session session)
        {
            await begun.Task;
            return await TakeAsync(session, guides, edits, rule, Measured + 30);
        }
    }

    [Fact]
    public async Task Verification_allocates_nothing_either()
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 1024 });
        long bytes = await engine.RunAsync(
            async session =>
            {
                int[] draft = [1, 2, 3];
                var rule = new NextTokenRule { Temperature = 0.8f, TopK = 20, TopLogProbabilities = 2, FrequencyPenalty = 0.1f };
                using Sequence sequence = session.CreateSequence(
                    TinyModel.Prompt(0, 30), [new AdapterGuide(model.Adapter, 1), new ModelGuide("other", model.Other, 1)]);
                long before = 0;
                for (int i = 0; i < WarmUp + Measured; i++)
                {
                    before = i == WarmUp ? GC.GetAllocatedBytesForCurrentThread() : before;
                    await sequence.VerifyAsync(draft, rule);
                    sequence.Rewind(sequence.PromptLength);
                }

                return GC.GetAllocatedBytesForCurrentThread() - before;
            },
            new SessionOptions(), CancellationToken.None);
        Assert.Equal(0, bytes);
    }

    /// <returns>Bytes that the engine's thread has allocated in the last <paramref name="count"/> steps.</returns>
    private static async ValueTask<long> TakeAsync(Session session, Guide[] guides, HiddenEdit[] edits, NextTokenRule rule, int count)
    {
        using Sequence sequence = session.CreateSequence(TinyModel.Prompt(0, 30), guides, edits: edits, constraint: new Automaton());
        HiddenTaps? taps = edits.Length > 0
            ? new HiddenTaps([new(1), new(0, HiddenSite.Attention)], new TinyShape().Hidden)
            : null;
        long before = 0;
        for (int i = 0; i < WarmUp + count; i++)
        {
            before = i == WarmUp ? GC.GetAllocatedBytesForCurrentThread() : before;
            await sequence.NextAsync(rule, withHidden: false, taps);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
