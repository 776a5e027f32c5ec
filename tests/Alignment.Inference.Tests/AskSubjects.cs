using System.Runtime.InteropServices;
using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Inference.Constraints;
using Alignment.Inference.HiddenStates;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;
using Alignment.Inference.Tests.Constraints;
using Alignment.Models.Transformers;

namespace Alignment.Inference.Tests;

/// <summary>
/// Programs that ask in every way there is, each with the guides and edits of <see cref="InvarianceSubjects"/>. What one was told, bit for
/// bit, must not depend on the company, on how the work is cut, nor on pages that were lost and computed again; for the tests of each
/// backend.
/// </summary>
internal static class AskSubjects
{
    private const int Tokens = 8;

    private static readonly Dictionary<string, Func<TinyModel, Session, int, ValueTask<List<string>>>> s_programs = new()
    {
        ["next"] = NextAsync,
        ["branch"] = BranchAsync,
        ["verify"] = VerifyAsync,
        ["score"] = ScoreAsync,
        ["hidden"] = HiddenAsync,
        ["tap"] = TapAsync,
        ["redraw"] = RedrawAsync,
        ["automaton"] = (model, session, index) => ConstrainAsync(model, session, index, new Automaton()),
        ["own mask"] = (model, session, index) => ConstrainAsync(model, session, index, new Unrepeated()),
    };

    /// <summary>
    /// Every program alone with much room, then all of them at once with little: too few pages, and prompts in small chunks.
    /// </summary>
    /// <param name="backend">Disposed at the end.</param>
    /// <param name="each">With how many kinds of guides and edits every program runs; each kind meets some program.</param>
    public static async Task AssertSameInAnyCompanyAsync(IBackend backend, int each)
    {
        await using TinyModel model = new(backend);
        Engine quiet = model.Start(new EngineOptions { Pages = 512, PrefillChunk = 512 });
        Engine crowded = model.Start(new EngineOptions { Pages = 26, PrefillChunk = 7 });
        (string Program, int Index)[] subjects =
        [
            .. s_programs.Keys.SelectMany(
                (program, i) => Enumerable.Range(0, each).Select(j => (program, (i + (2 * j)) % InvarianceSubjects.Count))),
        ];
        List<List<string>> alone = [];
        foreach ((string program, int index) in subjects)
        {
            alone.Add(await RunAsync(model, quiet, program, index));
        }

        List<string>[] together = await Task.WhenAll(await crowded.TogetherAsync(
            () => subjects.Select(subject => RunAsync(model, crowded, subject.Program, subject.Index)).ToArray()));
        for (int i = 0; i < subjects.Length; i++)
        {
            Assert.True(alone[i].SequenceEqual(together[i]), $"{subjects[i].Program} {subjects[i].Index} depends on its company");
        }

        Assert.Equal(0, quiet.Statistics.Preemptions);
        Assert.True(crowded.Statistics.Preemptions > 0);
    }

    private static Task<List<string>> RunAsync(TinyModel model, Engine engine, string program, int index)
        => engine.RunAsync(session => s_programs[program](model, session, index), new SessionOptions(), CancellationToken.None);

    private static Sequence Create(TinyModel model, Session session, int index, IConstraint? constraint = null)
        => session.CreateSequence(
            InvarianceSubjects.Prompt(index),
            InvarianceSubjects.Guides(model, index),
            maxLength: 128,
            InvarianceSubjects.Edits(model, index),
            constraint);

    private static async ValueTask<List<string>> NextAsync(TinyModel model, Session session, int index)
    {
        List<string> told = [];
        using Sequence sequence = Create(model, session, index);
        await TakeAsync(sequence, index, Tokens, told);
        return told;
    }

    private static async ValueTask<List<string>> BranchAsync(TinyModel model, Session session, int index)
    {
        Sequence root = Create(model, session, index);
        Branch[] branches = await root.BranchAsync(InvarianceSubjects.Rule(index), [new(0), new(1), new(0, 7)]);
        root.Dispose();
        List<string>[] told = await Task.WhenAll(branches.Select(async branch =>
        {
            List<string> said = [Text(branch.Choice)];
            await TakeAsync(branch.Sequence, index, Tokens / 2, said);
            branch.Sequence.Dispose();
            return said;
        }));
        return [.. told.SelectMany(said => said)];
    }

    /// <summary>Guesses that hold as far as chance will have it, and one of nothing but token 5.</summary>
    private static async ValueTask<List<string>> VerifyAsync(TinyModel model, Session session, int index)
    {
        List<string> told = [];
        using Sequence sequence = Create(model, session, index);
        using Sequence foresight = sequence.Fork(0);
        await TakeAsync(foresight, index, Tokens, []);
        await VerifyAsync(sequence, index, foresight.Tokens.Slice(sequence.Length, 3).ToArray(), told);
        await VerifyAsync(sequence, index, [5, 5], told);
        await VerifyAsync(sequence, index, [foresight.Tokens[Math.Min(sequence.Length, foresight.Length - 1)], 5], told);
        return told;
    }

    /// <summary>From within the prompt on, under the rule and under the frozen model.</summary>
    private static async ValueTask<List<string>> ScoreAsync(TinyModel model, Session session, int index)
    {
        List<string> told = [];
        using Sequence sequence = Create(model, session, index);
        await TakeAsync(sequence, index, Tokens, told);
        await ScoreAsync(sequence, InvarianceSubjects.Rule(index), told);
        await ScoreAsync(sequence, null, told);
        return told;
    }

    private static async ValueTask<List<string>> HiddenAsync(TinyModel model, Session session, int index)
    {
        List<string> told = [];
        using Sequence sequence = Create(model, session, index);
        for (int i = 0; i < Tokens; i++)
        {
            told.Add(Text(await sequence.NextAsync(InvarianceSubjects.Rule(index), withHidden: true)));
            told.Add(Text(sequence.LastHidden));
        }

        await sequence.ComputeAsync();
        told.Add(Text(sequence.LastHidden));
        return told;
    }

    private static async ValueTask<List<string>> TapAsync(TinyModel model, Session session, int index)
    {
        List<string> told = [];
        HiddenTaps taps = new([new(1), new(0, HiddenSite.Attention), new(0)], model.Transformer.Config.HiddenSize);
        using Sequence sequence = Create(model, session, index);
        for (int i = 0; i < Tokens; i++)
        {
            told.Add(Text(await sequence.NextAsync(InvarianceSubjects.Rule(index), taps: taps)));
            told.AddRange(Enumerable.Range(0, taps.Places.Count).Select(place => Text(taps[place])));
        }

        await sequence.ComputeAsync(taps);
        told.AddRange(Enumerable.Range(0, taps.Places.Count).Select(place => Text(taps[place])));
        return told;
    }

    private static async ValueTask<List<string>> RedrawAsync(TinyModel model, Session session, int index)
    {
        List<string> told = [];
        using Sequence sequence = Create(model, session, index);
        await TakeAsync(sequence, index, Tokens / 2, told);
        sequence.Redraw(sequence.PromptLength + 2);
        await TakeAsync(sequence, index, Tokens / 2, told);
        sequence.Redraw(sequence.PromptLength);
        await TakeAsync(sequence, index, Tokens / 2, told);
        sequence.Rewind(sequence.PromptLength + 1);
        await TakeAsync(sequence, index, Tokens / 2, told);
        return told;
    }

    /// <summary>Every way of asking under one constraint, runs without a choice among them.</summary>
    private static async ValueTask<List<string>> ConstrainAsync(TinyModel model, Session session, int index, IConstraint constraint)
    {
        List<string> told = [];
        using Sequence sequence = Create(model, session, index, constraint);
        await TakeAsync(sequence, index, Tokens, told);
        await VerifyAsync(sequence, index, [3, 4, 5], told);
        while (sequence.Length < sequence.PromptLength + 16)
        {
            told.Add($"{sequence.AppendForced()} forced");
            await TakeAsync(sequence, index, 1, told);
        }

        foreach (Branch branch in await sequence.BranchAsync(InvarianceSubjects.Rule(index), StreamId.Candidates(2)))
        {
            told.Add(Text(branch.Choice));
            await TakeAsync(branch.Sequence, index, 2, told);
            branch.Sequence.Dispose();
        }

        await ScoreAsync(sequence, InvarianceSubjects.Rule(index), told);
        return told;
    }

    private static async ValueTask TakeAsync(Sequence sequence, int index, int count, List<string> told)
    {
        for (int i = 0; i < count; i++)
        {
            told.Add(Text(await sequence.NextAsync(InvarianceSubjects.Rule(index))));
        }
    }

    private static async ValueTask VerifyAsync(Sequence sequence, int index, int[] draft, List<string> told)
    {
        foreach (TokenChoice choice in await sequence.VerifyAsync(draft, InvarianceSubjects.Rule(index)))
        {
            told.Add(Text(choice));
        }
    }

    private static async ValueTask ScoreAsync(Sequence sequence, NextTokenRule? rule, List<string> told)
    {
        int from = sequence.PromptLength - 3;
        float[] scores = new float[sequence.Length - from];
        TokenLogProbability[][] top = [.. scores.Select(_ => new TokenLogProbability[2])];
        await sequence.ScoreAsync(from, scores, top, rule);
        told.Add(Text(scores));
        foreach (TokenLogProbability[] list in top)
        {
            told.Add(Text([.. list.Select(one => one.LogProbability)]));
            told.Add(string.Join(' ', list.Select(one => one.Token)));
        }
    }

    private static string Text(TokenChoice choice) => StepRecord.Of(choice).ToString();

    private static string Text(ReadOnlySpan<float> numbers) => Convert.ToHexString(MemoryMarshal.AsBytes(numbers));
}
