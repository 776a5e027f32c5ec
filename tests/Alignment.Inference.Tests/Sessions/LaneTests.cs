using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cpu;
using Alignment.Inference.Guides;
using Alignment.Inference.HiddenStates;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;
using Alignment.Models.Checkpoints;
using Alignment.Models.Transformers;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Inference.Tests.Sessions;

/// <summary>Several models in one engine.</summary>
public sealed class LaneTests : IAsyncDisposable
{
    private const int Guesses = 4;

    private readonly TinyModel _model = new(CpuBackend.Create(threads: 1));

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Theory]
    [InlineData(0, 0), InlineData(0, 1), InlineData(1, 0), InlineData(1, 5)]
    public async Task What_another_model_drafts_is_verified_to_the_bits_of_undrafted_decoding(float temperature, int guides)
    {
        var rule = new NextTokenRule { Temperature = temperature, Seed = 5, Report = true };
        int[] prompt = TinyModel.Prompt(0, 35);
        Engine engine = _model.Start(new EngineOptions { Pages = 64 });
        StepRecord[] plain = await RunAsync(
            engine, async session => await InvarianceSubjects.TakeAsync(CreateSequence(session), rule, 40));
        List<StepRecord> drafted = await RunAsync(engine, async session =>
        {
            using Sequence target = CreateSequence(session);
            using Sequence draft = session.CreateSequence(prompt, [], model: _model.Other);
            List<StepRecord> steps = [];
            while (steps.Count < plain.Length)
            {
                steps.AddRange((await SpeculateAsync(target, draft, rule)).Select(StepRecord.Of));
            }

            return steps;
        });
        Assert.Equal(plain, drafted.Take(plain.Length));

        Sequence CreateSequence(Session session) => session.CreateSequence(prompt, InvarianceSubjects.Guides(_model, guides));
    }

    [Fact]
    public async Task A_model_that_drafts_for_itself_is_always_right()
    {
        var rule = new NextTokenRule { Temperature = 0 };
        await using var twin = new Engine(_model.Other, new EngineOptions { Pages = 64 }, others: [_model.Transformer]);
        await RunAsync(twin, async session =>
        {
            using Sequence target = session.CreateSequence(TinyModel.Prompt(0, 35), [], model: _model.Transformer);
            using Sequence draft = session.CreateSequence(TinyModel.Prompt(0, 35), [], model: _model.Transformer);
            for (int i = 0; i < 5; i++)
            {
                Assert.Equal(Guesses + 1, (await SpeculateAsync(target, draft, rule)).Count);
            }

            return true;
        });
    }

    [Fact]
    public async Task A_sequence_of_another_model_has_that_models_numbers_and_hidden_states()
    {
        using var naive = new NaiveDecoder(_model.Other, 64);
        int[] prompt = TinyModel.Prompt(0, 20);
        double[] expected = Array.ConvertAll(prompt, naive.Append)[^1];
        float[] hidden = new float[_model.Other.Config.HiddenSize];
        _model.Other.Backend.Download(_model.Other.Hidden, 0, hidden);
        Engine engine = _model.Start(new EngineOptions { Pages = 64 });
        await RunAsync(engine, async session =>
        {
            using Sequence busy = session.CreateSequence(prompt, []);
            using Sequence sequence = session.CreateSequence(prompt, [], model: _model.Other);
            var taps = new HiddenTaps([new(2)], hidden.Length);
            ValueTask neighbour = busy.ComputeAsync();
            await sequence.ComputeAsync(taps);
            await neighbour;
            Assert.Equal(hidden, sequence.LastHidden.ToArray());
            Assert.Contains(taps[0].ToArray(), value => value != 0);
            TokenChoice choice = await sequence.NextAsync(new NextTokenRule { Temperature = 0 }, withHidden: true);
            Assert.Equal(Array.IndexOf(expected, expected.Max()), choice.Token);
            Assert.Equal(expected.Max(), choice.LogProbability, 1e-4);
            Assert.Equal(hidden, sequence.LastHidden.ToArray());
            return true;
        });
    }

    [Fact]
    public async Task Only_the_lane_that_has_too_few_pages_loses_some()
    {
        Engine engine = _model.Start(new EngineOptions { Pages = 8 });
        await RunAsync(engine, async session =>
        {
            var rule = new NextTokenRule { Temperature = 0 };
            using Sequence victim = session.CreateSequence(TinyModel.Prompt(0, 60), [new ModelGuide("other", _model.Other, 1)]);
            await victim.NextAsync(rule);
            Assert.Equal([4, 4], FreePages());
            using Sequence large = session.CreateSequence(TinyModel.Prompt(1, 100), [], model: _model.Other);
            await large.NextAsync(rule);
            Assert.Equal(1, engine.Statistics.Preemptions);
            Assert.Equal([4, 4], victim.Paths.Select(path => path.Lane == 0 ? path.PageCount : 4 - path.PageCount));
            Assert.Equal(4, FreePages()[0]);
            large.Dispose();
            await victim.NextAsync(rule);
            Assert.InRange(engine.Statistics.RecomputedTokens, 1, 60);
            return true;
        });

        int[] FreePages() => [.. engine.Loop.Lanes.Select(lane => lane.Tree.FreePages)];
    }

    [Fact]
    public async Task A_page_takes_memory_in_every_lane_and_a_session_has_as_many_in_each()
    {
        Engine engine = _model.Start(new EngineOptions { Pages = 8 });
        Assert.Equal(_model.Transformer.CachePageBytes + _model.Other.CachePageBytes, engine.Cache.PageBytes);
        Assert.All(engine.Loop.Lanes, lane => Assert.Equal(8, lane.Tree.PageCount));
        await RunAsync(engine, async session =>
        {
            foreach (Transformer? lane in (Transformer?[])[null, _model.Other])
            {
                await session.CreateSequence(TinyModel.Prompt(0, 127), [], model: lane).NextAsync(new NextTokenRule());
            }

            return true;
        });
        Assert.Equal(0, engine.Statistics.Preemptions);
    }

    [Fact]
    public async Task A_sequence_is_no_longer_than_the_least_of_its_models()
    {
        int positions = _model.Other.Config.MaxPositions;
        Engine engine = _model.Start(new EngineOptions { Pages = 64 });
        await RunAsync(engine, async session =>
        {
            int[] prompt = TinyModel.Prompt(0, positions + 1);
            Guide[] guides = [new ModelGuide("other", _model.Other, 1)];
            session.CreateSequence(prompt, []).Dispose();
            Refuses($"1 to {positions} tokens", () => session.CreateSequence(prompt, guides));
            Refuses($"1 to {positions} tokens", () => session.CreateSequence(prompt, [], model: _model.Other));
            using Sequence full = session.CreateSequence(prompt.AsSpan(..positions), guides);
            MethodFaultException fault = await Assert.ThrowsAsync<MethodFaultException>(
                async () => await full.NextAsync(new NextTokenRule()));
            Assert.Contains($"all of its {positions} tokens", fault.Message, StringComparison.Ordinal);
            return true;
        });
    }

    [Fact]
    public async Task What_does_not_fit_a_lane_is_refused_by_name()
    {
        Engine engine = _model.Start(new EngineOptions { Pages = 64 });
        await RunAsync(engine, session =>
        {
            Transformer other = _model.Other;
            Refuses(
                $"'{_model.Adapter.Name}' belongs to the engine's first model",
                () => session.CreateSequence([1], [new AdapterGuide(_model.Adapter, 1)], model: other));
            Refuses(
                "'matrix' belongs to the engine's first model",
                () => session.CreateSequence([1], [new HeadGuide(new MatrixHead(other.Backend, 24, 300), 1)], model: other));
            foreach (int length in new[] { 0, other.Config.MaxPositions + 1 })
            {
                Refuses(
                    $"tokens, and this one {length}",
                    () => session.CreateSequence([1], [new PromptGuide("contrast", new int[length], 1)], model: other));
            }

            Refuses(
                "does not fit a model of 3 layers",
                () => session.CreateSequence([1], [], edits: [new HiddenEdit(new(0), _model.Vectors, 0, 1)], model: other));
            return ValueTask.FromResult(true);
        });
        await using var alone = new Engine(_model.Transformer, new EngineOptions { Pages = 64 });
        await RunAsync(alone, session =>
        {
            Refuses("does not drive this model", () => session.CreateSequence([1], [], model: _model.Other));
            Refuses("does not drive this model", () => session.CreateSequence([1], [new ModelGuide("other", _model.Other, 1)]));
            return ValueTask.FromResult(true);
        });
    }

    /// <summary>Outputs of a pass: 16 of the first model, 8 of the other. Paths of their own lie in the lane of their model.</summary>
    [Theory]
    [InlineData(15, 8, null), InlineData(16, 0, "17 outputs of one pass, for the sequence and its guides, and a pass has 16")]
    [InlineData(3, 9, "9 outputs of one pass, for the sequence and its guides, and a pass has 8")]
    public async Task More_guides_than_a_pass_has_outputs_are_refused_before_any_work(int prompts, int models, string? problem)
    {
        Engine engine = _model.Start(new EngineOptions { Pages = 256 });
        Guide[] guides =
        [
            .. Enumerable.Range(0, prompts).Select(i => new PromptGuide("contrast", TinyModel.Prompt(i, 3), -0.1f)),
            .. Enumerable.Range(0, models).Select(_ => new ModelGuide("other", _model.Other, 0.1f)),
        ];
        await RunAsync(engine, async session =>
        {
            if (problem is not null)
            {
                Refuses(problem, () => session.CreateSequence([1], guides));
                return true;
            }

            await session.CreateSequence([1], guides).NextAsync(new NextTokenRule());
            return true;
        });
        Assert.Equal(problem is null, engine.Statistics.Passes > 0);
    }

    /// <summary>Two guides and the sequence itself, for whose outputs there is room, but not for their rows.</summary>
    [Fact]
    public async Task A_token_of_more_rows_than_a_pass_has_is_refused()
    {
        await using TinyModel model = new(CpuBackend.Create(threads: 1), maxRows: 2, maxOutputs: 16);
        Guide[] guides = [.. Enumerable.Range(0, 2).Select(i => new PromptGuide("contrast", TinyModel.Prompt(i, 3), -0.1f))];
        await RunAsync(model.Start(new EngineOptions { Pages = 64 }), async session =>
        {
            Refuses("needs 3 outputs of one pass, for the sequence and its guides, and a pass has 2 (16 outputs, 2 rows).",
                () => session.CreateSequence([1], guides));
            return await session.CreateSequence([1], guides[1..]).NextAsync(new NextTokenRule());
        });
    }

    [Fact]
    public void Models_that_cannot_share_an_engine_are_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        TinyCheckpoint.Write(folder.Path, TinyArchitecture.Llama, shape: new TinyShape(Vocabulary: 304));
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        using Transformer larger = Transformer.Load(checkpoint, _model.Other.Backend, new TransformerLimits());
        using IBackend elsewhere = CpuBackend.Create(threads: 1);
        using Transformer foreign = Transformer.Load(checkpoint, elsewhere, new TransformerLimits());
        Refuses("Model 2 of 2 has 304 tokens, and the first 300", () => Start(larger));
        Refuses("Model 3 of 3 is on another backend", () => Start(_model.Other, foreign));
        Refuses("Model 2 of 2 is there twice", () => Start(_model.Transformer));
    }

    private Engine Start(params Transformer[] others) => new(_model.Transformer, new EngineOptions { Pages = 64 }, others: others);

    private static Task<T> RunAsync<T>(Engine engine, Func<Session, ValueTask<T>> program)
        => engine.RunAsync(program, new SessionOptions(), CancellationToken.None);

    /// <summary>One round of speculative decoding: the draft's model guesses, the target's verifies, and the draft follows it.</summary>
    private static async ValueTask<IReadOnlyList<TokenChoice>> SpeculateAsync(Sequence target, Sequence draft, NextTokenRule rule)
    {
        int[] guesses = new int[Guesses];
        for (int i = 0; i < Guesses; i++)
        {
            guesses[i] = (await draft.NextAsync(rule)).Token;
        }

        int before = target.Length;
        IReadOnlyList<TokenChoice> choices = await target.VerifyAsync(guesses, rule);
        draft.Rewind(before + Math.Min(choices.Count - 1, Guesses));
        draft.Append(target.Tokens[draft.Length..]);
        return choices;
    }

    private static void Refuses(string problem, Action action)
        => Assert.Contains(problem, Assert.Throws<ArgumentException>(action).Message, StringComparison.Ordinal);
}
