using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cpu;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;

namespace Alignment.Inference.Tests.Sessions;

/// <summary>Many draws of one row: what forks draw that compute the row themselves, at the price of one.</summary>
public sealed class BranchAskTests
{
    [Theory]
    [InlineData(1, 512)]
    [InlineData(512, 512)]
    [InlineData(512, 24)]
    public async Task Branches_are_what_forks_draw_alone(int chunk, int pages)
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 2));
        Engine quiet = model.Start(new EngineOptions { Pages = 512 });
        Engine crowded = model.Start(new EngineOptions { Pages = pages, PrefillChunk = chunk });
        Task<StepRecord[][]>[] crowd =
        [
            .. Enumerable.Range(0, 2 * InvarianceSubjects.Count).Select(i => InvarianceSubjects.BranchAsync(model, crowded, i, 5)),
        ];
        StepRecord[][][] together = await Task.WhenAll(crowd);
        for (int i = 0; i < together.Length; i++)
        {
            Assert.Equal(await InvarianceSubjects.ForkAsync(model, quiet, i, 5), together[i]);
        }
    }

    /// <summary>More than a pass has outputs: they share the one.</summary>
    [Fact]
    public async Task Nothing_is_computed_twice()
    {
        const int Branches = 40, Tokens = 3;
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 512 });
        await engine.RunAsync(
            async session =>
            {
                int[] prompt = TinyModel.Prompt(0, 37);
                using Sequence root = session.CreateSequence(prompt, InvarianceSubjects.Guides(model, 1));
                Branch[] branches = await root.BranchAsync(new NextTokenRule(), StreamId.Candidates(Branches));
                Assert.Equal(2 * prompt.Length, session.ForwardTokens);
                Assert.Equal(prompt, root.Tokens.ToArray());
                Assert.All(branches, branch => Assert.Equal([.. prompt, branch.Choice.Token], branch.Sequence.Tokens.ToArray()));
                Assert.True(branches.Select(branch => branch.Choice.Token).Distinct().Count() > Branches / 2);
                await Task.WhenAll(
                    branches.Select(branch => InvarianceSubjects.TakeAsync(branch.Sequence, new NextTokenRule(), Tokens - 1)));
                Assert.Equal(2 * (prompt.Length + (Branches * (Tokens - 1))), session.ForwardTokens);
                return true;
            },
            new SessionOptions(), CancellationToken.None);
        Assert.Equal(Branches * Tokens, engine.Statistics.ChosenTokens);
    }

    [Fact]
    public async Task Where_every_token_is_masked_there_is_no_branch()
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 64 });
        var nothing = new NextTokenRule
        {
            Bias = [.. Enumerable.Range(0, 300).Select(token => new TokenBias(token, float.NegativeInfinity))],
        };
        await Assert.ThrowsAsync<MethodFaultException>(() => engine.RunAsync(
            session => session.CreateSequence(TinyModel.Prompt(0, 9), []).BranchAsync(nothing, StreamId.Candidates(3)),
            new SessionOptions(),
            CancellationToken.None));
        Assert.True(engine.Healthy);
    }
}
