using Alignment.Compute.Cpu;
using Alignment.Inference.Scheduling;

namespace Alignment.Inference.Tests.Scheduling;

/// <summary>
/// Same request, same seed: the same tokens and the same bits, whatever else is in the batch and however the work is cut.
/// </summary>
public sealed class BatchInvarianceTests
{
    private const int Subjects = InvarianceSubjects.Count;

    private static readonly Lazy<Task<StepRecord[][]>> s_alone = new(RunAloneAsync);

    public static TheoryData<int, int, int, int> Arrangements()
    {
        var arrangements = new TheoryData<int, int, int, int>();
        foreach (int threads in new[] { 1, 2 })
        {
            foreach (int chunk in new[] { 1, 7, 512 })
            {
                arrangements.Add(threads, chunk, 0, 512);
                arrangements.Add(threads, chunk, 32 - Subjects, 512);
            }
        }

        // So few pages that sequences lose theirs and are computed again.
        arrangements.Add(2, 512, 32 - Subjects, 24);
        return arrangements;
    }

    [Theory]
    [MemberData(nameof(Arrangements))]
    public async Task Neighbours_threads_chunks_and_preemption_change_no_bit(int threads, int chunk, int others, int pages)
    {
        await using var busy = new TinyModel(CpuBackend.Create(threads));
        Engine crowded = busy.Start(new EngineOptions { Pages = pages, PrefillChunk = chunk });
        StepRecord[][] together = await Task.WhenAll(await crowded.TogetherAsync(
            () => Enumerable.Range(0, Subjects + others).Reverse().Select(i => InvarianceSubjects.RunAsync(busy, crowded, i)).ToArray()));
        for (int i = 0; i < Subjects; i++)
        {
            Assert.Equal((await s_alone.Value)[i], together[^(i + 1)]);
        }

        Assert.Equal(pages < 512, crowded.Statistics.Preemptions > 0);
    }

    [Fact]
    public Task Every_way_of_asking_is_answered_the_same_in_any_company() =>
        AskSubjects.AssertSameInAnyCompanyAsync(CpuBackend.Create(threads: 2), each: InvarianceSubjects.Count);

    private static async Task<StepRecord[][]> RunAloneAsync()
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 512, PrefillChunk = 512 });
        var alone = new StepRecord[Subjects][];
        for (int i = 0; i < Subjects; i++)
        {
            alone[i] = await InvarianceSubjects.RunAsync(model, engine, i);
        }

        return alone;
    }
}
