using System.Runtime.ExceptionServices;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cpu;
using Alignment.Inference.Constraints;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;

namespace Alignment.Inference.Tests.Constraints;

/// <summary>A response stays within its constraint, whatever its sequence goes through.</summary>
public sealed class ConstraintTests
{
    private const int Tokens = 26;

    /// <summary>Forks, rewinds, redraws and tokens that nobody drew, at random; guided or not, in company.</summary>
    [Theory]
    [InlineData(1, 512)]
    [InlineData(64, 512)]
    [InlineData(64, 24)]
    public async Task Every_token_is_allowed_whatever_was_forked_rewound_or_appended(int chunk, int pages)
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 2));
        Engine engine = model.Start(new EngineOptions { Pages = pages, PrefillChunk = chunk });
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => engine.RunAsync(
            session => WanderAsync(session, model, i), new SessionOptions(), CancellationToken.None)));
    }

    /// <summary>The reference: the same rule with a bias of negative infinity for every token that the step forbids.</summary>
    [Fact]
    public async Task A_constraint_draws_as_biases_made_for_each_step_do()
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 256 });
        for (int i = 0; i < InvarianceSubjects.Count; i++)
        {
            NextTokenRule rule = InvarianceSubjects.Rule(i);
            List<StepRecord> constrained = await DrawAsync(model, engine, i, _ => rule, new Automaton());
            List<StepRecord> biased = await DrawAsync(model, engine, i, index => Biased(rule, index), null);
            Assert.Equal(biased, constrained);
        }
    }

    [Fact]
    public async Task A_run_without_a_choice_is_appended_undrawn_and_changes_no_later_bit()
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 256 });
        NextTokenRule rule = new() { Seed = 4 };
        (int[] Tokens, float LogProbability) drawn = await TakeAsync(engine, rule, appends: false);
        (int[] Tokens, float LogProbability) appended = await TakeAsync(engine, rule, appends: true);
        Assert.Equal(drawn.Tokens, appended.Tokens);
        Assert.Equal(drawn.LogProbability, appended.LogProbability);
        Assert.Equal(Automaton.Run, drawn.Tokens[10..15]);
    }

    [Theory]
    [InlineData("accept", "next"), InlineData("mask", "next"), InlineData("accept", "verify"), InlineData("mask", "verify")]
    [InlineData("rewind", "verify"), InlineData("mask", "score"), InlineData("rewind", "score"), InlineData("accept", "score")]
    [InlineData("fork", "branch"), InlineData("accept", "branch"), InlineData("forced", "forced"), InlineData("narrow", "verify")]
    [InlineData("narrow", "score"), InlineData("narrow", "next")]
    public async Task A_constraint_that_fails_is_its_own_requests_fault(string call, string way)
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 64 });
        Task<bool> beside = engine.RunAsync(
            session => AskAsync(session, new Automaton(), "next"), new SessionOptions(), CancellationToken.None);
        await Assert.ThrowsAsync<MethodFaultException>(() => engine.RunAsync(
            session => AskAsync(session, call == "narrow" ? new Narrow() : new Failing(call), way),
            new SessionOptions(),
            CancellationToken.None));
        Assert.True(await beside);
        Assert.True(engine.Healthy);
    }

    /// <summary>It fails once, wherever that is; its tokens are counted right all the same, and nothing is drawn without it.</summary>
    [Theory]
    [InlineData(0), InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(7), InlineData(8)]
    public async Task A_sequence_whose_constraint_has_failed_stays_as_it_was_and_draws_nothing_more(int calls)
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 64 });
        NextTokenRule rule = new() { FrequencyPenalty = 0.5f };
        await engine.RunAsync(
            async session =>
            {
                FailingOnce constraint = new() { Calls = 100 };
                using Sequence sequence = session.CreateSequence(TinyModel.Prompt(1, 20), [], constraint: constraint);
                await sequence.NextAsync(rule);
                constraint.Calls = calls;
                await Assert.ThrowsAsync<MethodFaultException>(async () => await sequence.VerifyAsync([1, 2, 3], rule));
                Assert.Equal(21, sequence.Length);
                CountingConstraintTests.AssertCounts(sequence);
                await Assert.ThrowsAsync<MethodFaultException>(async () => await sequence.NextAsync(rule));
                sequence.Rewind(20);
                CountingConstraintTests.AssertCounts(sequence);
                return true;
            },
            new SessionOptions(), CancellationToken.None);
    }

    /// <summary>A long sequence goes back and forth many times: an exception for every token would cost more than all else.</summary>
    [Fact]
    public void A_constraint_that_has_failed_is_not_called_again_and_throws_only_when_it_is_asked()
    {
        FailingOnce inner = new();
        GuardedConstraint constraint = new(inner, vocabulary: 4);
        constraint.Accept(1);
        int thread = Environment.CurrentManagedThreadId;
        int thrown = 0;
        AppDomain.CurrentDomain.FirstChanceException += Count;
        try
        {
            for (int i = 0; i < 100; i++)
            {
                constraint.Accept(2);
                constraint.Rewind(2);
            }
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= Count;
        }

        Assert.Equal((0, -1), (thrown, inner.Calls));
        Assert.IsType<FormatException>(Assert.Throws<MethodFaultException>(() => constraint.Mask).InnerException);

        void Count(object? sender, FirstChanceExceptionEventArgs first) => thrown += Environment.CurrentManagedThreadId == thread ? 1 : 0;
    }

    /// <summary>
    /// Each row of a verification sees the state after the guess before it: right guesses, wrong ones and forbidden ones change no bit.
    /// </summary>
    [Theory]
    [InlineData(2)]
    [InlineData(64)]
    public async Task A_guess_is_verified_under_the_constraint(int chunk)
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 256, PrefillChunk = chunk });
        for (int i = 0; i < InvarianceSubjects.Count; i++)
        {
            NextTokenRule rule = InvarianceSubjects.Rule(i);
            List<StepRecord> drawn = await DrawAsync(model, engine, i, _ => rule, new Automaton());
            List<StepRecord> verified = await VerifyAsync(model, engine, i, rule, [.. drawn.Select(record => record.Token)]);
            Assert.Equal(drawn, verified[..Tokens]);
        }
    }

    [Fact]
    public async Task A_run_ends_where_the_context_does()
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 64 });
        await engine.RunAsync(
            session =>
            {
                using Sequence sequence = session.CreateSequence(TinyModel.Prompt(0, 4), [], maxLength: 16, constraint: new Automaton());
                sequence.Append(new int[10]);
                Assert.Equal(2, sequence.AppendForced());
                Assert.Equal(0, sequence.AppendForced());
                return new ValueTask<bool>(true);
            },
            new SessionOptions(), CancellationToken.None);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(64)]
    public async Task Scores_under_a_rule_are_those_of_the_constrained_draws(int chunk)
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 256, PrefillChunk = chunk });
        float[] scores = new float[Tokens + 3];
        float[] drawn = new float[Tokens];
        await engine.RunAsync(
            async session =>
            {
                NextTokenRule rule = InvarianceSubjects.Rule(1);
                using Sequence sequence = session.CreateSequence(
                    TinyModel.Prompt(1, 20), InvarianceSubjects.Guides(model, 1), constraint: new Automaton());
                for (int i = 0; i < Tokens; i++)
                {
                    drawn[i] = (await sequence.NextAsync(rule)).LogProbability;
                }

                // From within the prompt on, of which the constraint knows nothing; afterwards it stands where it stood.
                await sequence.ScoreAsync(17, scores, rule: rule);
                Assert.True(Automaton.Allows(Tokens, (await sequence.NextAsync(rule)).Token));
                return true;
            },
            new SessionOptions(), CancellationToken.None);
        Assert.Equal(drawn, scores[3..]);
        Assert.All(scores[..3], score => Assert.True(float.IsFinite(score)));
    }

    [Fact]
    public async Task A_constraint_that_knows_too_few_tokens_is_the_methods_fault()
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 64 });
        NextTokenRule rule = new();
        Task<TokenChoice> run = engine.RunAsync(
            session => session.CreateSequence([1, 2], [], constraint: new Narrow()).NextAsync(rule),
            new SessionOptions(),
            CancellationToken.None);
        MethodFaultException fault = await Assert.ThrowsAsync<MethodFaultException>(() => run);
        Assert.Contains("fewer than the model", fault.Message, StringComparison.Ordinal);
        Assert.True(engine.Healthy);
    }

    private static NextTokenRule Biased(NextTokenRule rule, int index) => rule with
    {
        Bias =
        [
            .. rule.Bias.Where(bias => Automaton.Allows(index, bias.Token)),
            .. Enumerable.Range(0, Automaton.Vocabulary).Where(token => !Automaton.Allows(index, token))
                .Select(token => new TokenBias(token, float.NegativeInfinity)),
        ],
    };

    private static Task<List<StepRecord>> DrawAsync(
        TinyModel model, Engine engine, int subject, Func<int, NextTokenRule> rule, Automaton? constraint)
        => engine.RunAsync(
            async session =>
            {
                List<StepRecord> records = [];
                using Sequence sequence = session.CreateSequence(
                    InvarianceSubjects.Prompt(subject), InvarianceSubjects.Guides(model, subject), constraint: constraint);
                for (int i = 0; i < Tokens; i++)
                {
                    records.Add(StepRecord.Of(await sequence.NextAsync(rule(i))));
                }

                return records;
            },
            new SessionOptions(), CancellationToken.None);

    /// <summary>Guesses three tokens each time, of which none, the last or the middle one is wrong, or nobody may say it.</summary>
    private static Task<List<StepRecord>> VerifyAsync(
        TinyModel model, Engine engine, int subject, NextTokenRule rule, int[] right) => engine.RunAsync(
        async session =>
        {
            List<StepRecord> records = [];
            int[] prompt = InvarianceSubjects.Prompt(subject);
            using Sequence sequence = session.CreateSequence(
                prompt, InvarianceSubjects.Guides(model, subject), constraint: new Automaton());
            for (int turn = 0; records.Count < Tokens; turn++)
            {
                int[] guess = right.AsSpan(records.Count, Math.Min(3, Tokens - records.Count)).ToArray();
                if (turn % 4 < guess.Length)
                {
                    guess[turn % 4] += turn % 2 == 0 ? 1 : 3;
                }

                foreach (TokenChoice choice in await sequence.VerifyAsync(guess, rule))
                {
                    records.Add(StepRecord.Of(choice));
                }

                Assert.Equal(prompt.Length + records.Count, sequence.Length);
            }

            return records;
        },
        new SessionOptions(), CancellationToken.None);

    private static Task<(int[] Tokens, float LogProbability)> TakeAsync(Engine engine, NextTokenRule rule, bool appends) => engine.RunAsync(
        async session =>
        {
            using Sequence sequence = session.CreateSequence(TinyModel.Prompt(2, 12), [], constraint: new Automaton());
            TokenChoice choice = new(0, 0);
            while (sequence.Length < 12 + Tokens)
            {
                int forced = appends ? sequence.AppendForced() : 0;
                choice = await sequence.NextAsync(rule);
                Assert.True(forced is 0 or 5);
            }

            return (sequence.Tokens[12..(12 + Tokens)].ToArray(), choice.LogProbability);
        },
        new SessionOptions(), CancellationToken.None);

    private static async ValueTask<bool> WanderAsync(Session session, TinyModel model, int index)
    {
        Random random = new(index);
        int[] prompt = InvarianceSubjects.Prompt(index);
        NextTokenRule rule = InvarianceSubjects.Rule(index);
        Sequence sequence = session.CreateSequence(
            prompt, InvarianceSubjects.Guides(model, index), prompt.Length + 40, constraint: new Automaton());
        for (int step = 0; step < 60; step++)
        {
            int response = sequence.Length - prompt.Length;
            switch (random.Next(6))
            {
                case 0 when response > 0:
                    sequence.Rewind(prompt.Length + random.Next(response));
                    break;
                case 1 when response > 0:
                    sequence.Redraw(sequence.Length - 1);
                    break;
                case 2:
                    sequence = Replace(sequence, sequence.Fork(step));
                    break;
                case 3:
                    Branch[] branches = await sequence.BranchAsync(rule, StreamId.Candidates(2));
                    branches[0].Sequence.Dispose();
                    sequence = Replace(sequence, branches[1].Sequence);
                    break;
                case 4:
                    sequence.AppendForced();
                    break;
                default:
                    await sequence.NextAsync(rule);
                    break;
            }

            if (sequence.Length > prompt.Length + 36)
            {
                sequence.Rewind(prompt.Length + 5);
            }

            AssertAllowed(sequence, prompt.Length);
        }

        return true;
    }

    /// <summary>Asks in every way, so that every call of a constraint happens.</summary>
    private static async ValueTask<bool> AskAsync(Session session, Inference.Constraints.IConstraint constraint, string way)
    {
        NextTokenRule rule = new() { Seed = 3 };
        Sequence sequence = session.CreateSequence(TinyModel.Prompt(1, 20), [], constraint: constraint);
        switch (way)
        {
            case "verify":
                await sequence.VerifyAsync([1, 2], rule);
                break;
            case "score":
                sequence.Append([1, 2]);
                await sequence.ScoreAsync(20, new float[2], null, rule);
                break;
            case "branch":
                await sequence.BranchAsync(rule, StreamId.Candidates(2));
                break;
            case "forced":
                sequence.AppendForced();
                break;
            default:
                await sequence.NextAsync(rule);
                break;
        }

        return true;
    }

    private static void AssertAllowed(Sequence sequence, int prompt)
    {
        for (int i = prompt; i < sequence.Length; i++)
        {
            Assert.True(Automaton.Allows(i - prompt, sequence.Tokens[i]));
        }
    }

    private static Sequence Replace(Sequence old, Sequence sequence)
    {
        old.Dispose();
        return sequence;
    }

    /// <summary>Each of its calls may fail.</summary>
    private sealed class Failing(string call) : Inference.Constraints.IConstraint
    {
        public TokenMask? Mask => call == "mask" ? throw new FormatException("mine") : null;

        public int? Forced => call == "forced" ? int.MaxValue : null;

        public void Accept(int token)
        {
            if (call == "accept")
            {
                throw new FormatException("mine");
            }
        }

        public void Rewind(int token)
        {
            if (call == "rewind")
            {
                throw new FormatException("mine");
            }
        }

        public Inference.Constraints.IConstraint Fork() => call == "fork" ? throw new FormatException("mine") : this;
    }

    /// <summary>Fails once, after so many calls.</summary>
    private sealed class FailingOnce : Inference.Constraints.IConstraint
    {
        public int Calls { get; set; }

        public TokenMask? Mask => Call();

        public int? Forced => null;

        public void Accept(int token) => Call();

        public void Rewind(int token) => Call();

        public Inference.Constraints.IConstraint Fork() => this;

        private TokenMask? Call() => Calls-- == 0 ? throw new FormatException("mine") : null;
    }

    /// <summary>Knows one token.</summary>
    private sealed class Narrow : Inference.Constraints.IConstraint
    {
        public TokenMask? Mask { get; } = new(1);

        public int? Forced => null;

        public void Accept(int token)
        {
        }

        public void Rewind(int token)
        {
        }

        public Inference.Constraints.IConstraint Fork() => this;
    }
}
