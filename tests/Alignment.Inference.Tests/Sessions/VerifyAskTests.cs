using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cpu;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;

namespace Alignment.Inference.Tests.Sessions;

/// <summary>Guesses change what decoding costs, and no bit of what it says.</summary>
public sealed class VerifyAskTests
{
    private const int Longest = 6;

    [Theory]
    [InlineData(1, 1, 0, 512)]
    [InlineData(2, 7, 0, 512)]
    [InlineData(2, 512, 8, 512)]
    [InlineData(2, 7, 8, 24)]
    public async Task What_is_verified_is_what_is_drawn_without_guesses(int threads, int chunk, int others, int pages)
    {
        await using var model = new TinyModel(CpuBackend.Create(threads));
        Engine quiet = model.Start(new EngineOptions { Pages = 512 });
        Engine crowded = model.Start(new EngineOptions { Pages = pages, PrefillChunk = chunk });
        StepRecord[][] alone = await AloneAsync(model, quiet, InvarianceSubjects.Count + others);
        StepRecord[][] together = await Task.WhenAll(
            alone.Select((steps, i) => InvarianceSubjects.VerifyAsync(model, crowded, i, Tokens(steps), Longest)));
        Assert.Equal(alone, together);
    }

    [Fact]
    public async Task Another_attempt_is_verified_by_its_own_draws()
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 64 });
        NextTokenRule rule = new() { Seed = 5, Temperature = 2 };
        (int[] Drawn, int[] Verified, int[] First) tokens = await engine.RunAsync(
            async session =>
            {
                Sequence[] sequences = [.. Enumerable.Range(0, 3).Select(_ => session.CreateSequence(TinyModel.Prompt(1, 20), []))];
                sequences[0].Redraw(20);
                sequences[1].Redraw(20);
                for (int i = 0; i < 12; i++)
                {
                    await sequences[0].NextAsync(rule);
                    await sequences[1].VerifyAsync([], rule);
                    await sequences[2].NextAsync(rule);
                }

                return (sequences[0].Tokens.ToArray(), sequences[1].Tokens.ToArray(), sequences[2].Tokens.ToArray());
            },
            new SessionOptions(), CancellationToken.None);
        Assert.Equal(tokens.Drawn, tokens.Verified);
        Assert.NotEqual(tokens.First, tokens.Verified);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    [InlineData(3, 1)]
    public async Task Every_token_of_a_guess_is_a_row_on_every_path(int index, int paths)
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 2));
        Engine quiet = model.Start(new EngineOptions { Pages = 512 });
        Engine engine = model.Start(new EngineOptions { Pages = 512 });
        StepRecord[] alone = await InvarianceSubjects.RunAsync(model, quiet, index);
        int prompts = InvarianceSubjects.Prompt(index).Length + (paths - 1) * (index == 2 ? 21 : InvarianceSubjects.Prompt(index).Length);
        (long Expected, long Used) rows = default;
        await InvarianceSubjects.VerifyAsync(model, engine, index, Tokens(alone), Longest, (expected, used) => rows = (expected, used));
        Assert.Equal(prompts + (paths * rows.Expected), rows.Used);
    }

    [Fact]
    public async Task A_right_guess_takes_one_pass_and_gives_a_token_more()
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 64 });
        int[] tokens = Tokens(await InvarianceSubjects.RunAsync(model, engine, 1));
        long before = engine.Statistics.Passes, chosen = engine.Statistics.ChosenTokens;
        await engine.RunAsync(
            async session =>
            {
                using Sequence sequence = session.CreateSequence(InvarianceSubjects.Prompt(1), InvarianceSubjects.Guides(model, 1));
                await sequence.VerifyAsync(tokens.AsSpan(0, 5), InvarianceSubjects.Rule(1));
                Assert.Equal(tokens[..6], sequence.Tokens[sequence.PromptLength..].ToArray());
                return true;
            },
            new SessionOptions(), CancellationToken.None);
        Assert.Equal((1, 6), (engine.Statistics.Passes - before, engine.Statistics.ChosenTokens - chosen));
    }

    [Fact]
    public async Task A_guess_that_the_sequence_has_no_room_for_is_cut()
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 64 });
        int[] tokens = Tokens(await InvarianceSubjects.RunAsync(model, engine, 0));
        await engine.RunAsync(
            async session =>
            {
                int[] prompt = InvarianceSubjects.Prompt(0);
                using Sequence sequence = session.CreateSequence(prompt, [], prompt.Length + 3);
                Assert.Equal(3, (await sequence.VerifyAsync(tokens, InvarianceSubjects.Rule(0))).Count);
                await Assert.ThrowsAsync<MethodFaultException>(async () => await sequence.VerifyAsync(tokens, InvarianceSubjects.Rule(0)));
                Assert.Equal([.. prompt, .. tokens[..3]], sequence.Tokens.ToArray());
                return true;
            },
            new SessionOptions(), CancellationToken.None);
    }

    /// <summary>Two paths of 31 tokens fill the cache: the guess must not make impossible what is possible without.</summary>
    [Fact]
    public async Task Where_pages_are_short_a_guess_is_verified_as_far_as_they_go()
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 4 });
        await engine.RunAsync(
            async session =>
            {
                using Sequence sequence = session.CreateSequence(TinyModel.Prompt(0, 30), InvarianceSubjects.Guides(model, 1));
                Assert.Single(await sequence.VerifyAsync([1, 2, 3, 4, 5, 6, 7, 8], new NextTokenRule()));
                return true;
            },
            new SessionOptions(), CancellationToken.None);
    }

    [Fact]
    public async Task Where_every_token_is_masked_the_sequence_stays_as_it_was()
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 64 });
        var nothing = new NextTokenRule
        {
            Bias = [.. Enumerable.Range(0, 300).Select(token => new TokenBias(token, float.NegativeInfinity))],
        };
        await engine.RunAsync(
            async session =>
            {
                int[] prompt = TinyModel.Prompt(0, 20);
                using Sequence sequence = session.CreateSequence(prompt, []);
                await Assert.ThrowsAsync<MethodFaultException>(async () => await sequence.VerifyAsync([1, 2, 3], nothing));
                Assert.Equal(prompt, sequence.Tokens.ToArray());
                Assert.Equal(4, (await sequence.VerifyAsync(await DrawnAsync(session, prompt), new NextTokenRule())).Count);
                return true;
            },
            new SessionOptions(), CancellationToken.None);
    }

    private static async Task<int[]> DrawnAsync(Session session, int[] prompt)
    {
        using Sequence sequence = session.CreateSequence(prompt, []);
        return [.. (await InvarianceSubjects.TakeAsync(sequence, new NextTokenRule(), 3)).Select(step => step.Token)];
    }

    private static async Task<StepRecord[][]> AloneAsync(TinyModel model, Engine engine, int count)
    {
        var alone = new StepRecord[count][];
        for (int i = 0; i < count; i++)
        {
            alone[i] = await InvarianceSubjects.RunAsync(model, engine, i);
        }

        return alone;
    }

    private static int[] Tokens(StepRecord[] steps) => [.. steps.Select(step => step.Token)];
}
