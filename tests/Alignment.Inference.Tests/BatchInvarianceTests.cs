using Alignment.Compute.Cpu;
using Alignment.Compute.NextToken;
using Alignment.Inference.Guides;

namespace Alignment.Inference.Tests;

/// <summary>Same request, same seed: the same tokens and the same bits, whatever else is in the batch and however the work is cut.</summary>
public sealed class BatchInvarianceTests
{
    private const int Tokens = 24;
    private const int Subjects = 4;

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
        await using var busy = new TinyModel(new CpuBackend(threads));
        Engine crowded = busy.Start(new EngineOptions { Pages = pages, PrefillChunk = chunk });
        Task<StepRecord[]>[] crowd = [.. Enumerable.Range(0, Subjects + others).Reverse().Select(i => RunAsync(busy, crowded, i))];
        StepRecord[][] together = await Task.WhenAll(crowd);
        for (int i = 0; i < Subjects; i++)
        {
            Assert.Equal((await s_alone.Value)[i], together[^(i + 1)]);
        }

        Assert.Equal(pages < 512, crowded.Statistics.Preemptions > 0);
    }

    private static async Task<StepRecord[][]> RunAloneAsync()
    {
        await using var model = new TinyModel(new CpuBackend(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 512, PrefillChunk = 512 });
        var alone = new StepRecord[Subjects][];
        for (int i = 0; i < Subjects; i++)
        {
            alone[i] = await RunAsync(model, engine, i);
        }

        return alone;
    }

    /// <summary>Every kind of guide is among the subjects, and the prompts end within and at the end of a page.</summary>
    private static Task<StepRecord[]> RunAsync(TinyModel model, Engine engine, int index)
    {
        Guide[] guides = (index % Subjects) switch
        {
            1 => [new AdapterGuide(model.Adapter, 0.7f)],
            2 => [new PromptGuide("contrast", TinyModel.Prompt(99, 21), -0.5f)],
            3 => [new HeadGuide(new MatrixHead(model.Transformer.Backend, model.Transformer.Config.HiddenSize, model.Transformer.Config.VocabularySize), 1.5f)],
            _ => [],
        };
        var rule = new NextTokenRule { Seed = (ulong)index, TopK = 40, TopP = 0.95f, FrequencyPenalty = 0.1f, TopLogProbabilities = 3, Report = true };
        return engine.RunAsync(
            async session =>
            {
                using Sequence sequence = session.CreateSequence(TinyModel.Prompt(index, 32 + (5 * (index % 7))), guides, maxLength: 128);
                var steps = new StepRecord[Tokens];
                for (int i = 0; i < Tokens; i++)
                {
                    steps[i] = StepRecord.Of(await sequence.NextAsync(rule));
                }

                return steps;
            },
            new SessionOptions(), CancellationToken.None);
    }
}
