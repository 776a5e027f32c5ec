using Alignment.Inference;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Tests;

namespace Alignment.Compute.Cuda.Tests;

/// <summary>
/// Same request, same seed: the same bits on the device too, whatever else is in the batch, however prompts are cut, and after pages were
/// lost.
/// </summary>
[Collection(nameof(TestDevice))]
public sealed class BatchInvarianceTests
{
    [CudaTheory]
    [InlineData(512, 512)]
    [InlineData(7, 18)]
    public async Task Neighbours_chunks_and_preemption_change_no_bit(int chunk, int pages)
    {
        const int Crowd = 3 * InvarianceSubjects.Count;
        await using TinyModel model = new(new CudaBackend());
        Engine quiet = model.Start(new EngineOptions { Pages = 512, PrefillChunk = 512 });
        Engine crowded = model.Start(new EngineOptions { Pages = pages, PrefillChunk = chunk });
        StepRecord[][] alone = new StepRecord[InvarianceSubjects.Count][];
        for (int i = 0; i < alone.Length; i++)
        {
            alone[i] = await InvarianceSubjects.RunAsync(model, quiet, i);
        }

        StepRecord[][] together = await Task.WhenAll(
            Enumerable.Range(0, Crowd).Reverse().Select(i => InvarianceSubjects.RunAsync(model, crowded, i)));
        for (int i = 0; i < alone.Length; i++)
        {
            Assert.Equal(alone[i], together[^(i + 1)]);
        }

        Assert.Equal(pages < 512, crowded.Statistics.Preemptions > 0);
    }

    [CudaFact]
    public Task Every_way_of_asking_is_answered_the_same_in_any_company() =>
        AskSubjects.AssertSameInAnyCompanyAsync(new CudaBackend(), each: 2);

    [CudaFact]
    public async Task Branches_of_one_row_are_what_forks_draw_alone()
    {
        await using TinyModel model = new(new CudaBackend());
        Engine quiet = model.Start(new EngineOptions { Pages = 512 });
        Engine crowded = model.Start(new EngineOptions { Pages = 512, PrefillChunk = 7 });
        StepRecord[][][] together = await Task.WhenAll(
            Enumerable.Range(0, InvarianceSubjects.Count).Select(i => InvarianceSubjects.BranchAsync(model, crowded, i, branches: 3)));
        for (int i = 0; i < together.Length; i++)
        {
            Assert.Equal(await InvarianceSubjects.ForkAsync(model, quiet, i, branches: 3), together[i]);
        }
    }

    [CudaFact]
    public async Task Guesses_change_no_bit()
    {
        await using TinyModel model = new(new CudaBackend());
        Engine quiet = model.Start(new EngineOptions { Pages = 512 });
        Engine crowded = model.Start(new EngineOptions { Pages = 512, PrefillChunk = 7 });
        StepRecord[][] alone = await Task.WhenAll(
            Enumerable.Range(0, InvarianceSubjects.Count).Select(i => InvarianceSubjects.RunAsync(model, quiet, i)));
        Assert.Equal(
            alone,
            await Task.WhenAll(
                alone.Select(
                    (steps, i) => InvarianceSubjects.VerifyAsync(model, crowded, i, [.. steps.Select(step => step.Token)], longest: 5))));
    }
}
