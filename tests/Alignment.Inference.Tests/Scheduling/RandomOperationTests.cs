using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cpu;
using Alignment.Inference.Scheduling;

namespace Alignment.Inference.Tests.Scheduling;

/// <summary>
/// Programs that do anything in any order, side by side, with too few pages. After every operation every page must be counted; what was
/// drawn must be scored by the rule, bit for bit, as when it was drawn, however often its pages were shared, copied, lost and computed
/// again in between.
/// </summary>
public sealed class RandomOperationTests
{
    private const int Programs = 8;

    [Theory]
    [InlineData(1, 60)]
    [InlineData(2, 200)]
    public async Task Many_random_operations_leak_no_page_and_change_no_number(int seed, int pages) =>
        await OperateAsync(seed, pages, 50_000);

    /// <summary>The same within seconds, for those who run it often (tests/mutation).</summary>
    [Fact]
    public async Task Random_operations_leak_no_page_and_change_no_number() => await OperateAsync(seed: 3, pages: 60, 1_500);

    private static async Task OperateAsync(int seed, int pages, int operations)
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = pages, MaxModelLength = 160, PrefillChunk = 40 });
        long[] checkedTokens = await Task.WhenAll(await engine.TogetherAsync(() => Enumerable.Range(0, Programs).Select(Run).ToArray()));
        Assert.True(checkedTokens.Min() > operations / (4 * Programs), $"only {checkedTokens.Min()} tokens were scored again");
        Assert.Equal(pages < 100, engine.Statistics.Preemptions > 0);
        await engine.CheckIntegrityAsync();
        Assert.Equal(engine.Statistics.Pages, engine.Statistics.FreePages + engine.Statistics.CachedPages);

        Task<long> Run(int index) => engine.RunAsync(
            session => new RandomProgram(session, model, (seed * Programs) + index, engine.Loop.CheckIntegrity)
                .RunAsync(operations / Programs),
            new SessionOptions(), CancellationToken.None);
    }
}
