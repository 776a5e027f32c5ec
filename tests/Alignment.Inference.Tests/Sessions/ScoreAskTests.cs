using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cpu;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;

namespace Alignment.Inference.Tests.Sessions;

/// <summary>Scores of known tokens under a rule are what the rule said when it drew them.</summary>
public sealed class ScoreAskTests
{
    private const int Tokens = 24;

    [Theory]
    [InlineData(1, 512)]
    [InlineData(7, 512)]
    [InlineData(512, 512)]
    [InlineData(512, 24)]
    public async Task The_whole_rule_scores_as_it_drew_in_any_company(int chunk, int pages)
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 2));
        Engine engine = model.Start(new EngineOptions { Pages = pages, PrefillChunk = chunk });
        await Task.WhenAll(await engine.TogetherAsync(
            () => Enumerable.Range(0, 3 * InvarianceSubjects.Count).Select(i => CompareAsync(model, engine, i)).ToArray()));
        Assert.Equal(pages < 512, engine.Statistics.Preemptions > 0);
    }

    [Fact]
    public async Task Scoring_computes_what_is_before_the_first_scored_token_once()
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 64 });
        long rows = await engine.RunAsync(
            async session =>
            {
                using Sequence sequence = session.CreateSequence(TinyModel.Prompt(0, 40), InvarianceSubjects.Guides(model, 1));
                await sequence.NextAsync(new NextTokenRule());
                long before = session.ForwardTokens;
                await sequence.ScoreAsync(30, new float[11]);
                return session.ForwardTokens - before;
            },
            new SessionOptions(), CancellationToken.None);
        Assert.Equal(11, rows);
    }

    [Fact]
    public async Task A_forbidden_token_has_no_probability_and_the_list_goes_around_it()
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 64 });
        float[] frozen = new float[1], ruled = new float[1];
        TokenLogProbability[][] best = [new TokenLogProbability[1]], next = [new TokenLogProbability[2]];
        await engine.RunAsync(
            async session =>
            {
                using Sequence sequence = session.CreateSequence(TinyModel.Prompt(0, 40), []);
                int chosen = (await sequence.NextAsync(new NextTokenRule { Temperature = 0 })).Token;
                await sequence.ScoreAsync(40, frozen, best);
                await sequence.ScoreAsync(40, ruled, next, new NextTokenRule { Bias = [new TokenBias(chosen, float.NegativeInfinity)] });
                Assert.Equal(chosen, best[0][0].Token);
                Assert.DoesNotContain(chosen, next[0].Select(token => token.Token));
                return true;
            },
            new SessionOptions(), CancellationToken.None);
        Assert.Equal(best[0][0].LogProbability, frozen[0]);
        Assert.Equal(float.NegativeInfinity, ruled[0]);
        Assert.DoesNotContain(-1, next[0].Select(token => token.Token));
    }

    private static Task<bool> CompareAsync(TinyModel model, Engine engine, int index) => engine.RunAsync(
        async session =>
        {
            int[] prompt = InvarianceSubjects.Prompt(index);
            NextTokenRule rule = InvarianceSubjects.Rule(index);
            using Sequence sequence = session.CreateSequence(prompt, InvarianceSubjects.Guides(model, index), maxLength: 128);
            float[] drawn = new float[Tokens], scored = new float[Tokens];
            var tops = new TokenLogProbability[Tokens][];
            for (int i = 0; i < Tokens; i++)
            {
                TokenChoice choice = await sequence.NextAsync(rule);
                (drawn[i], tops[i]) = (choice.LogProbability, [.. choice.Top]);
            }

            TokenLogProbability[][] listed = [.. tops.Select(top => new TokenLogProbability[top.Length])];
            await sequence.ScoreAsync(prompt.Length, scored, listed, rule);
            Assert.Equal(drawn.Select(BitConverter.SingleToInt32Bits), scored.Select(BitConverter.SingleToInt32Bits));
            Assert.Equal(tops, listed);
            return true;
        },
        new SessionOptions(), CancellationToken.None);
}
