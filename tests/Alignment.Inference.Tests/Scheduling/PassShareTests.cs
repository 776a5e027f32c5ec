using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cpu;
using Alignment.Inference.Guides;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;

namespace Alignment.Inference.Tests.Scheduling;

/// <summary>How those who draw, verify and score share the outputs of a pass.</summary>
public sealed class PassShareTests : IAsyncDisposable
{
    private const int Outputs = 16;

    private static readonly NextTokenRule s_rule = new() { Temperature = 0 };
    private static readonly SessionOptions s_anyone = new();

    private readonly TinyModel _model = new(CpuBackend.Create(threads: 1), maxRows: 64, maxOutputs: Outputs);
    private readonly Engine _engine;

    public PassShareTests() => _engine = _model.Start(new EngineOptions { Pages = 512 });

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    /// <summary>Under guides of <see cref="InvarianceSubjects"/>: without, one output a token, or two.</summary>
    [Theory]
    [InlineData(0), InlineData(1)]
    public async Task Known_tokens_get_their_scores_beside_a_full_house_that_loses_little(int kind)
    {
        const int Scored = 40, Kept = Outputs / 8;
        (long passes, long chosen) = await _engine.RunAsync(
            async session =>
            {
                Sequence known = session.CreateSequence(TinyModel.Prompt(0, Scored + 1), InvarianceSubjects.Guides(_model, kind));
                Task[] crowd = [.. Enumerable.Range(1, 2 * Outputs).Select(i => DrawAsync(session.CreateSequence([i], []), 200))];
                EngineStatistics before = _engine.Statistics;
                await known.ScoreAsync(1, new float[Scored], rule: s_rule);
                EngineStatistics after = _engine.Statistics;
                await Task.WhenAll(crowd);
                return (after.Passes - before.Passes, after.ChosenTokens - before.ChosenTokens);
            },
            s_anyone, CancellationToken.None);
        Assert.InRange(passes, 2, 2 * (kind + 1) * Scored / Kept);
        Assert.InRange(chosen, passes * (Outputs - Kept), passes * Outputs);
    }

    /// <summary>Under the frozen model alone; and under another one, whose passes have half the outputs.</summary>
    [Theory]
    [InlineData(false), InlineData(true)]
    public async Task Verifications_of_long_guesses_take_what_others_leave(bool guided)
    {
        const int Tokens = 90, Verifications = 3;
        Guide[] guides = guided ? [new ModelGuide("other", _model.Other, 0.8f)] : [];
        int outputs = guided ? Outputs / 2 : Outputs;
        int[] guess = await _engine.RunAsync(
            session => TokensAsync(session.CreateSequence(TinyModel.Prompt(1, 20), guides)), s_anyone, CancellationToken.None);
        (Task<long>[] verified, Task<long[]> drawn) = await _engine.TogetherAsync(() => (
            Enumerable.Range(0, Verifications).Select(_ => VerifyAsync(guess, guides)).ToArray(),
            _engine.RunAsync(
                session => new ValueTask<long[]>(DrawAsync(session.CreateSequence([1], guides), 20)), s_anyone, CancellationToken.None)));
        Assert.All(await drawn, passes => Assert.Equal(1, passes));
        long[] passes = await Task.WhenAll(verified);
        Assert.InRange(passes.Max(), Verifications * Tokens / outputs, (Verifications * Tokens / (outputs - 1)) + Verifications + 1);

        // What cannot be divided goes to the last.
        Assert.InRange(passes.Max() - passes.Min(), 0, passes.Max() / Verifications);

        static async ValueTask<int[]> TokensAsync(Sequence sequence)
        {
            int[] tokens = new int[Tokens];
            for (int i = 0; i < Tokens; i++)
            {
                tokens[i] = (await sequence.NextAsync(s_rule)).Token;
            }

            return tokens;
        }
    }

    /// <returns>Passes that it took.</returns>
    private Task<long> VerifyAsync(int[] guess, Guide[] guides) => _engine.RunAsync(
        async session =>
        {
            Sequence sequence = session.CreateSequence(TinyModel.Prompt(1, 20), guides);
            long before = _engine.Statistics.Passes;
            Assert.Equal(guess.Length, (await sequence.VerifyAsync(guess.AsSpan(0, guess.Length - 1), s_rule)).Count);
            return _engine.Statistics.Passes - before;
        },
        s_anyone, CancellationToken.None);

    /// <returns>Passes that each token took.</returns>
    private async Task<long[]> DrawAsync(Sequence sequence, int tokens)
    {
        long[] passes = new long[tokens];
        for (int i = 0; i < tokens; i++)
        {
            long before = _engine.Statistics.Passes;
            await sequence.NextAsync(s_rule);
            passes[i] = _engine.Statistics.Passes - before;
        }

        return passes;
    }
}
