using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Reference;

namespace Alignment.Inference.Tests.Scheduling;

/// <summary>How many passes prompts wait for each other.</summary>
public sealed class PromptTurnsTests : IAsyncDisposable
{
    private const int Budget = 32;
    private const int Long = 480;

    private static readonly NextTokenRule s_rule = new();
    private static readonly SessionOptions s_anyone = new();

    private readonly TinyModel _model = new(new ReferenceBackend());
    private readonly Engine _engine;

    public PromptTurnsTests() => _engine = _model.Start(new EngineOptions { Pages = 256, PrefillChunk = Budget });

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Fact]
    public async Task Short_prompts_behind_a_long_one_are_answered_by_the_next_pass()
    {
        Task<long> prompt = PassesAsync(TinyModel.Prompt(0, Long), begun: 0);
        long[] waited = await FollowAsync(prompt, from: 2, count: 8, length: 20);
        Assert.All(waited, passes => Assert.Equal(1, passes));
        Assert.InRange(await prompt, 1, Long);
    }

    [Fact]
    public async Task A_long_prompt_gets_on_however_many_short_ones_come()
    {
        Task<long> prompt = PassesAsync(TinyModel.Prompt(0, Long), begun: 0);
        int others = 0;
        while (!prompt.IsCompleted)
        {
            // Each pass could be filled by those that came last.
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => PassesAsync(TinyModel.Prompt(++others, Budget), begun: null)));
        }

        Assert.True(await prompt < 1_500, $"{await prompt} passes, {others} others");
        Assert.True(others > 100);
    }

    [Fact]
    public async Task Equal_prompts_that_arrive_together_are_computed_once()
    {
        int[] shared = TinyModel.Prompt(0, 100);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => PassesAsync([.. shared, i, i, i], begun: 0)));
        Assert.Equal((96 + (6 * 7), 5 * 96), (_engine.Statistics.ForwardTokens, _engine.Statistics.ReusedTokens));
    }

    [Fact]
    public async Task One_who_waits_for_anothers_prompt_goes_on_alone_when_that_one_leaves()
    {
        using var connection = new CancellationTokenSource();
        int[] prompt = TinyModel.Prompt(0, Long);
        Task<long> leaving = _engine.RunAsync(
            async session =>
            {
                _ = StopAsync(session);
                await session.CreateSequence(prompt, []).NextAsync(s_rule);
                return 1L;
            },
            s_anyone, connection.Token);
        Task<long> other = PassesAsync(prompt, begun: 0);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        Assert.InRange(await other, 1, Long);
        Assert.InRange(_engine.Statistics.ForwardTokens, Long, Long + 64);

        async Task StopAsync(Session session)
        {
            for (int i = 0; i < 5; i++)
            {
                await session.CreateSequence([i], []).ComputeAsync();
            }

            await connection.CancelAsync();
        }
    }

    /// <returns>Passes from the start of the session, or from the given one, to the first token.</returns>
    private Task<long> PassesAsync(int[] prompt, long? begun) => _engine.RunAsync(
        async session =>
        {
            long first = begun ?? _engine.Statistics.Passes;
            await session.CreateSequence(prompt, []).NextAsync(s_rule);
            return _engine.Statistics.Passes - first;
        },
        s_anyone, CancellationToken.None);

    /// <summary>Starts short prompts while a long one is computed.</summary>
    private async Task<long[]> FollowAsync(Task<long> prompt, int from, int count, int length)
    {
        List<Task<long>> waits = [];
        await _engine.RunAsync(
            async session =>
            {
                Sequence clock = session.CreateSequence([1], []);
                for (int pass = 0; pass < from + count; pass++)
                {
                    await clock.NextAsync(s_rule);
                    if (pass >= from)
                    {
                        waits.Add(WaitAsync(session, TinyModel.Prompt(pass, length)));
                    }
                }

                Assert.False(prompt.IsCompleted);
                await Task.WhenAll(waits);
                return 1;
            },
            s_anyone, CancellationToken.None);
        return [.. waits.Select(wait => wait.Result)];

        async Task<long> WaitAsync(Session session, int[] tokens)
        {
            long first = _engine.Statistics.Passes;
            await session.CreateSequence(tokens, []).NextAsync(s_rule);
            return _engine.Statistics.Passes - first;
        }
    }
}
