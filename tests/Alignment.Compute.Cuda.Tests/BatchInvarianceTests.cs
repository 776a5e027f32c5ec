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
    /// <summary>Into the second page behind some prompts. The emulator takes milliseconds for each.</summary>
    private const int Tokens = 10;

    [CudaTheory]
    [InlineData(512, 512)]
    [InlineData(7, 16)]
    public async Task Neighbours_chunks_and_preemption_change_no_bit(int chunk, int pages)
    {
        const int Crowd = 2 * InvarianceSubjects.Count;
        await using TinyModel model = new(new CudaBackend());
        Engine quiet = model.Start(new EngineOptions { Pages = 512, PrefillChunk = 512 });
        Engine crowded = model.Start(new EngineOptions { Pages = pages, PrefillChunk = chunk });
        StepRecord[][] alone = new StepRecord[InvarianceSubjects.Count][];
        for (int i = 0; i < alone.Length; i++)
        {
            alone[i] = await InvarianceSubjects.RunAsync(model, quiet, i, Tokens);
        }

        StepRecord[][] together = await Task.WhenAll(await crowded.TogetherAsync(
            () => Enumerable.Range(0, Crowd).Reverse().Select(i => InvarianceSubjects.RunAsync(model, crowded, i, Tokens)).ToArray()));
        for (int i = 0; i < alone.Length; i++)
        {
            Assert.Equal(alone[i], together[^(i + 1)]);
        }

        Assert.Equal(pages < 512, crowded.Statistics.Preemptions > 0);
    }

    [CudaFact]
    public Task Every_way_of_asking_is_answered_the_same_in_any_company() =>
        AskSubjects.AssertSameInAnyCompanyAsync(new CudaBackend(), each: 1);

    [CudaFact]
    public async Task Branches_of_one_row_are_what_forks_draw_alone()
    {
        await using TinyModel model = new(new CudaBackend());
        Engine quiet = model.Start(new EngineOptions { Pages = 512 });
        Engine crowded = model.Start(new EngineOptions { Pages = 512, PrefillChunk = 7 });
        StepRecord[][][] together = await Task.WhenAll(
            Enumerable.Range(0, InvarianceSubjects.Count)
                .Select(i => InvarianceSubjects.BranchAsync(model, crowded, i, branches: 2, Tokens)));
        for (int i = 0; i < together.Length; i++)
        {
            Assert.Equal(await InvarianceSubjects.ForkAsync(model, quiet, i, branches: 2, Tokens), together[i]);
        }
    }

    [CudaFact]
    public async Task Guesses_change_no_bit()
    {
        await using TinyModel model = new(new CudaBackend());
        Engine quiet = model.Start(new EngineOptions { Pages = 512 });
        Engine crowded = model.Start(new EngineOptions { Pages = 512, PrefillChunk = 7 });
        StepRecord[][] alone = await Task.WhenAll(
            Enumerable.Range(0, InvarianceSubjects.Count).Select(i => InvarianceSubjects.RunAsync(model, quiet, i, Tokens)));
        Assert.Equal(
            alone,
            await Task.WhenAll(
                alone.Select(
                    (steps, i) => InvarianceSubjects.VerifyAsync(model, crowded, i, [.. steps.Select(step => step.Token)], longest: 5))));
    }
}
