using Alignment.Compute.Contract.NextToken;
using Alignment.Inference.Guides;
using Alignment.Inference.HiddenStates;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;
using Alignment.Models.Transformers;

namespace Alignment.Inference.Tests;

/// <summary>Requests whose every bit must be the same in any company.</summary>
internal static class InvarianceSubjects
{
    /// <summary>The first so many differ in their guides and edits.</summary>
    public const int Count = 6;

    private const int Many = 24;

    /// <summary>
    /// Every kind of guide is among the subjects, with and without edits, and the prompts end within and at the end of a page.
    /// </summary>
    /// <param name="model">The models.</param>
    /// <param name="engine">Over them.</param>
    /// <param name="index">Which subject.</param>
    /// <param name="tokens">How many it draws; fewer where a device is emulated.</param>
    public static Task<StepRecord[]> RunAsync(TinyModel model, Engine engine, int index, int tokens = Many)
    {
        NextTokenRule rule = Rule(index);
        return engine.RunAsync(
            async session =>
            {
                using Sequence sequence = session.CreateSequence(Prompt(index), Guides(model, index), maxLength: 128, Edits(model, index));
                return await TakeAsync(sequence, rule, tokens);
            },
            new SessionOptions(), CancellationToken.None);
    }

    /// <summary>Branches of one row, drawn on side by side.</summary>
    public static Task<StepRecord[][]> BranchAsync(TinyModel model, Engine engine, int index, int branches, int tokens = Many)
    {
        NextTokenRule rule = Rule(index);
        return engine.RunAsync(
            async session =>
            {
                Sequence root = session.CreateSequence(Prompt(index), Guides(model, index), maxLength: 128, Edits(model, index));
                Branch[] drawn = await root.BranchAsync(rule, StreamId.Candidates(branches));
                root.Dispose();
                return await Task.WhenAll(drawn.Select(async branch =>
                {
                    StepRecord first = StepRecord.Of(branch.Choice);
                    return (StepRecord[])[first, .. await TakeAsync(branch.Sequence, rule, tokens - 1)];
                }));
            },
            new SessionOptions(), CancellationToken.None);
    }

    /// <summary>The same candidates, each of which computes the whole of its prompt for itself.</summary>
    public static Task<StepRecord[][]> ForkAsync(TinyModel model, Engine engine, int index, int branches, int tokens = Many)
    {
        NextTokenRule rule = Rule(index);
        return engine.RunAsync(
            async session =>
            {
                var drawn = new StepRecord[branches][];
                using Sequence root = session.CreateSequence(Prompt(index), Guides(model, index), maxLength: 128, Edits(model, index));
                for (int i = 0; i < branches; i++)
                {
                    using Sequence fork = root.Fork(i);
                    drawn[i] = await TakeAsync(fork, rule, tokens);
                }

                return drawn;
            },
            new SessionOptions(), CancellationToken.None);
    }

    /// <summary>
    /// The same request with guesses at its tokens, of up to <paramref name="longest"/>, of which some are wrong from some token on.
    /// </summary>
    /// <param name="tokens">What it draws.</param>
    /// <param name="rows">Told how many rows its verifications may have computed on each path beyond the prompt's.</param>
    public static Task<StepRecord[]> VerifyAsync(
        TinyModel model, Engine engine, int index, int[] tokens, int longest, Action<long, long>? rows = null)
    {
        NextTokenRule rule = Rule(index);
        return engine.RunAsync(
            async session =>
            {
                var random = new Random(index);
                List<StepRecord> steps = [];
                using Sequence sequence = session.CreateSequence(Prompt(index), Guides(model, index), maxLength: 128, Edits(model, index));
                long expected = 0;
                while (steps.Count < tokens.Length)
                {
                    int[] draft = Guess(tokens.AsSpan(steps.Count), random, longest, out int right);
                    IReadOnlyList<TokenChoice> choices = await sequence.VerifyAsync(draft, rule);
                    Assert.Equal(right + 1, choices.Count);
                    expected += draft.Length + (steps.Count > 0 ? 1 : 0);
                    steps.AddRange(choices.Select(StepRecord.Of));
                }

                Assert.Equal(Prompt(index).Length + steps.Count, sequence.Length);
                rows?.Invoke(expected, session.ForwardTokens);
                return steps.Take(tokens.Length).ToArray();
            },
            new SessionOptions(), CancellationToken.None);
    }

    public static async Task<StepRecord[]> TakeAsync(Sequence sequence, NextTokenRule rule, int count)
    {
        var steps = new StepRecord[count];
        for (int i = 0; i < count; i++)
        {
            steps[i] = StepRecord.Of(await sequence.NextAsync(rule));
        }

        return steps;
    }

    public static int[] Prompt(int index) => TinyModel.Prompt(index, 32 + (5 * (index % 7)));

    public static NextTokenRule Rule(int index)
        => new() { Seed = (ulong)index, TopK = 40, TopP = 0.95f, FrequencyPenalty = 0.1f, TopLogProbabilities = 3, Report = true };

    public static HiddenEdit[] Edits(TinyModel model, int index) => (index % Count) switch
    {
        4 => [new(new(0), model.Vectors, 0, 1.5f), new(new(1, HiddenSite.Attention), model.Vectors, 1, -2, FirstPosition: 20)],
        _ => [],
    };

    public static Guide[] Guides(TinyModel model, int index) => (index % Count) switch
    {
        1 => [new AdapterGuide(model.Adapter, 0.7f)],
        2 => [new PromptGuide("contrast", TinyModel.Prompt(99, 21), -0.5f)],
        3 =>
        [
            new HeadGuide(
                new MatrixHead(model.Transformer.Backend, model.Transformer.Config.HiddenSize, model.Transformer.Config.VocabularySize),
                1.5f),
        ],
        4 => [new PromptGuide("contrast", Prompt(index), -0.5f)],
        5 => [new ModelGuide("other", model.Other, 0.8f), new AdapterGuide(model.Adapter, -0.3f)],
        _ => [],
    };

    private static int[] Guess(ReadOnlySpan<int> tokens, Random random, int longest, out int right)
    {
        int[] draft = tokens[..Math.Min(tokens.Length, random.Next(longest + 1))].ToArray();
        right = random.Next(draft.Length + 1);
        if (right < draft.Length)
        {
            draft[right] = (draft[right] + 1) % 256;
        }

        return draft;
    }
}
