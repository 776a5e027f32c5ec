using Alignment.Compute.Contract.NextToken;
using Alignment.Inference.Guides;
using Alignment.Inference.HiddenStates;
using Alignment.Inference.Sessions;
using Alignment.Inference.Tests.Constraints;
using Alignment.Models.Transformers;

namespace Alignment.Inference.Tests.Scheduling;

/// <summary>One session's random operations over a few sequences, each with what the rule said of its tokens.</summary>
internal sealed class RandomProgram(Session session, TinyModel model, int seed, Action check)
{
    private const int MostSequences = 4;
    private const int Capacity = 80;

    /// <summary>Of the subjects, all but the head, which is slow.</summary>
    private static readonly int[] s_kinds = [0, 1, 2, 4, 5];

    private readonly Random _random = new(seed);
    private readonly NextTokenRule _rule = new()
    {
        Seed = (ulong)seed,
        Temperature = 1.5f,
        TopP = 0.95f,
        FrequencyPenalty = seed % 2 == 0 ? 0.2f : 0,
    };
    private readonly List<Subject> _subjects = [];
    private long _checked;

    /// <returns>How many tokens were scored again.</returns>
    public async ValueTask<long> RunAsync(int operations)
    {
        for (int i = 0; i < operations; i++)
        {
            await OperateAsync();
            check();
        }

        return _checked;
    }

    private async ValueTask OperateAsync()
    {
        int kind = _random.Next(100);
        if (_subjects.Count == 0 || (kind < 4 && _subjects.Count < MostSequences))
        {
            Create();
            return;
        }

        Subject subject = _subjects[_random.Next(_subjects.Count)];
        bool isFull = subject.Sequence.Length > Capacity - 8;
        await (kind switch
        {
            < 8 => Do(subject, Drop),
            < 16 => CheckAsync(subject),
            < 22 => subject.Sequence.ComputeAsync(),
            < 28 => Do(subject, Rewind),
            < 34 => Do(subject, Redraw),
            < 38 when _subjects.Count < MostSequences => Do(subject, Fork),
            _ when isFull => Do(subject, Redraw),
            < 44 => BranchAsync(subject),
            < 48 => Do(subject, Append),
            < 70 => VerifyAsync(subject),
            _ => NextAsync(subject, withHidden: kind < 75, taps: kind < 80 ? Taps(subject) : null),
        });
    }

    private static ValueTask Do(Subject subject, Action<Subject> operation)
    {
        operation(subject);
        return ValueTask.CompletedTask;
    }

    /// <summary>Few prompts, of several lengths: many begin alike.</summary>
    private void Create()
    {
        int[] prompt = TinyModel.Prompt(_random.Next(2), 1 + _random.Next(40));
        int kind = s_kinds[_random.Next(s_kinds.Length)];
        Automaton? constraint = _random.Next(3) == 0 ? new Automaton() : null;
        Sequence sequence = _random.Next(5) == 0
            ? session.CreateSequence(prompt, GuidesOfOther(), Capacity, constraint: constraint, model: model.Other)
            : session.CreateSequence(
                prompt, InvarianceSubjects.Guides(model, kind), Capacity, InvarianceSubjects.Edits(model, kind), constraint);
        _subjects.Add(new Subject(sequence, []));
    }

    private Guide[] GuidesOfOther() => _random.Next(2) == 0
        ? []
        : [new ModelGuide("first", model.Transformer, 0.5f), new PromptGuide("contrast", TinyModel.Prompt(3, 17), -0.5f)];

    private void Drop(Subject subject)
    {
        subject.Sequence.Dispose();
        _subjects.Remove(subject);
    }

    private void Fork(Subject subject) => _subjects.Add(new Subject(subject.Sequence.Fork(_random.Next(9)), [.. subject.Said]));

    private void Append(Subject subject)
    {
        subject.Sequence.Append([_random.Next(256)]);
        subject.Said.Add(null);
    }

    private void Rewind(Subject subject) => Shorten(subject, subject.Sequence.Rewind);

    private void Redraw(Subject subject) => Shorten(subject, subject.Sequence.Redraw);

    private void Shorten(Subject subject, Action<int> shorten)
    {
        int response = _random.Next(subject.Said.Count + 1);
        shorten(subject.Sequence.PromptLength + response);
        subject.Said.RemoveRange(response, subject.Said.Count - response);
    }

    private async ValueTask NextAsync(Subject subject, bool withHidden, HiddenTaps? taps)
        => subject.Say(await subject.Sequence.NextAsync(_rule, withHidden, taps));

    private static HiddenTaps Taps(Subject subject)
        => new([new(1), new(0, HiddenSite.Attention)], subject.Sequence.Model.Config.HiddenSize);

    private async ValueTask VerifyAsync(Subject subject)
    {
        int[] draft = await GuessAsync(subject);
        foreach (TokenChoice choice in await subject.Sequence.VerifyAsync(draft, _rule))
        {
            subject.Say(choice);
        }
    }

    /// <summary>What the sequence will draw, as far as a fork of the same stream tells it, then something else.</summary>
    private async ValueTask<int[]> GuessAsync(Subject subject)
    {
        List<int> draft = [];
        using Sequence fork = subject.Sequence.Fork(subject.Sequence.Stream);
        for (int i = _random.Next(3); i > 0; i--)
        {
            draft.Add((await fork.NextAsync(_rule)).Token);
        }

        return [.. draft, .. Enumerable.Range(0, _random.Next(3)).Select(_ => _random.Next(256))];
    }

    private async ValueTask BranchAsync(Subject subject)
    {
        foreach (Branch branch in await subject.Sequence.BranchAsync(_rule, StreamId.Candidates(1 + _random.Next(3))))
        {
            var child = new Subject(branch.Sequence, [.. subject.Said]);
            child.Say(branch.Choice);
            _subjects.Add(child);
            if (_subjects.Count > MostSequences)
            {
                Drop(_subjects[_random.Next(_subjects.Count)]);
            }
        }
    }

    private async ValueTask CheckAsync(Subject subject)
    {
        CountingConstraintTests.AssertCounts(subject.Sequence);
        float[] scores = new float[subject.Said.Count];
        await subject.Sequence.ScoreAsync(subject.Sequence.PromptLength, scores, null, _rule);
        for (int i = 0; i < scores.Length; i++)
        {
            if (subject.Said[i] is { } said)
            {
                Assert.Equal(said, BitConverter.SingleToInt32Bits(scores[i]));
                _checked++;
            }
        }
    }

    /// <summary>A sequence, and the bits of the log-probability of each response token; null where it was not drawn.</summary>
    private sealed record Subject(Sequence Sequence, List<int?> Said)
    {
        public void Say(TokenChoice choice) => Said.Add(BitConverter.SingleToInt32Bits(choice.LogProbability));
    }
}
