using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Inference.Guides;
using Alignment.Inference.HiddenStates;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;
using Alignment.Inference.Tests.Constraints;
using Alignment.Models.Transformers;

namespace Alignment.Inference.Tests;

/// <summary>
/// Bytes on the managed heap that steps of a long run take once everything has grown: none. For the tests of each backend.
/// </summary>
internal static class AllocationSubjects
{
    /// <summary>A verification is rewound: each is like the one before.</summary>
    private const int Verifications = 12;

    /// <summary>Draws among two neighbours, under a constraint.</summary>
    /// <param name="backend">Disposed at the end.</param>
    /// <param name="steps">How many are measured.</param>
    /// <param name="guided">Whether there are guides.</param>
    /// <param name="edited">Whether there are edits and taps.</param>
    /// <param name="penalized">Whether the rule counts tokens.</param>
    /// <returns>Bytes that the engine's thread has allocated meanwhile.</returns>
    public static async Task<long> StepAsync(IBackend backend, int steps, bool guided, bool edited, bool penalized)
    {
        await using TinyModel model = new(backend);
        Engine engine = model.Start(new EngineOptions { Pages = 1024 });

        // Where tokens are counted, nearly every id has occurred before the first is drawn: what counts them grows no more.
        int[] prompt = TinyModel.Prompt(0, penalized ? 256 : 30);
        Guide[] guides = guided
            ?
            [
                new AdapterGuide(model.Adapter, 1), new ModelGuide("other", model.Other, 1),
                new PromptGuide("contrast", TinyModel.Prompt(1, prompt.Length), -1),
            ]
            : [];
        HiddenEdit[] edits = edited ? [new(new(0), model.Vectors, 0, 1), new(new(1, HiddenSite.Attention), model.Vectors, 1, -1)] : [];
        NextTokenRule rule = new()
        {
            Temperature = 0.8f,
            TopK = 20,
            TopLogProbabilities = 2,
            FrequencyPenalty = penalized ? 0.1f : 0,
        };

        TaskCompletionSource begun = new();
        Task<long>[] neighbours =
        [
            .. Enumerable.Range(0, 2).Select(_ => engine.RunAsync(NeighbourAsync, new SessionOptions(), CancellationToken.None)),
        ];
        long bytes = await engine.RunAsync(
            session =>
            {
                begun.SetResult();
                return TakeAsync(session, steps);
            },
            new SessionOptions(), CancellationToken.None);
        await Task.WhenAll(neighbours);
        return bytes;

        // They go along, and on for longer.
        async ValueTask<long> NeighbourAsync(Session session)
        {
            await begun.Task;
            return await TakeAsync(session, steps + 10);
        }

        // Bytes from the end of the warm-up on.
        async ValueTask<long> TakeAsync(Session session, int count)
        {
            using Sequence sequence = session.CreateSequence(prompt, guides, edits: edits, constraint: new Automaton());
            HiddenTaps? taps = edited
                ? new HiddenTaps([new(1), new(0, HiddenSite.Attention)], model.Transformer.Config.HiddenSize)
                : null;
            int warmUp = WarmUpOf(steps);
            long before = 0;
            for (int i = 0; i < warmUp + count; i++)
            {
                before = i == warmUp ? GC.GetAllocatedBytesForCurrentThread() : before;
                await sequence.NextAsync(rule, withHidden: false, taps);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    /// <summary>The same of guesses that are verified, under a constraint.</summary>
    public static async Task<long> VerifyAsync(IBackend backend, int steps)
    {
        await using TinyModel model = new(backend);
        Engine engine = model.Start(new EngineOptions { Pages = 1024 });
        return await engine.RunAsync(
            async session =>
            {
                int[] draft = [1, 2, 3];
                NextTokenRule rule = new() { Temperature = 0.8f, TopK = 20, TopLogProbabilities = 2, FrequencyPenalty = 0.1f };
                using Sequence sequence = session.CreateSequence(
                    TinyModel.Prompt(0, 30),
                    [new AdapterGuide(model.Adapter, 1), new ModelGuide("other", model.Other, 1)],
                    constraint: new Automaton());
                long before = 0;
                for (int i = 0; i < Verifications + steps; i++)
                {
                    before = i == Verifications ? GC.GetAllocatedBytesForCurrentThread() : before;
                    await sequence.VerifyAsync(draft, rule);
                    sequence.Rewind(sequence.PromptLength);
                }

                return GC.GetAllocatedBytesForCurrentThread() - before;
            },
            new SessionOptions(), CancellationToken.None);
    }

    /// <summary>
    /// Behind so many steps the memory of every path has doubled, and does not again for as many as are measured and half as many more.
    /// </summary>
    private static int WarmUpOf(int steps) => steps > 20 ? 132 : 40;
}
