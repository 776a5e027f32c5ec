using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Inference.Tests;
using Alignment.Models.Checkpoints;
using Alignment.Models.Transformers;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Compute.Cuda.Tests;

[Collection(nameof(TestDevice))]
public sealed class AllocationTests
{
    private const int Steps = 20;

    /// <summary>With an adapter, a guide, penalties and a mask; the first steps make room and graphs.</summary>
    [CudaFact]
    public void Steps_allocate_nothing_on_the_managed_heap()
    {
        using TemporaryFolder folder = new();
        TinyCheckpoint.Write(folder.Path, TinyArchitecture.Llama);
        TinyAdapter.Write(folder.File("adapter"), new TinyShape(), seed: 3);
        using CudaBackend backend = new();
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        using Transformer model = Transformer.Load(checkpoint, backend, new TransformerLimits(8, 4));
        using Adapter adapter = model.LoadAdapter(folder.File("adapter"));
        using KvCache cache = model.CreateCache(4);
        ForwardBatch batch = new(model.Limits);
        TokenCounts counts = new();
        counts.AddPrompt(3);
        int[] token = [3];
        int[][] pages = [[0, 1], [2, 3]];
        NextTokenRule rule = new() { TopK = 20, TopP = 0.9f, RepetitionPenalty = 1.1f, TopLogProbabilities = 2 };
        TokenMask mask = new(model.Config.VocabularySize);
        mask.Fill(allowed: true);
        GuideRow guide = new(model.Logits, 1, 0.5f);
        NextTokenRow[] rows =
        [
            new NextTokenRow(model.Logits, 0, mask.Vocabulary, [guide], 1, rule, counts, 0, 0, new TokenChoice(2, 1), Mask: mask),
        ];
        long before = 0;
        for (int step = 0; step < 15; step++)
        {
            before = step == 5 ? GC.GetAllocatedBytesForCurrentThread() : before;
            batch.Clear();
            batch.AddOutput(batch.AddSegment(token, step, pages[0], null), logits: true);
            batch.AddOutput(batch.AddSegment(token, step, pages[1], adapter), logits: true);
            model.Forward(batch, cache);
            rows[0] = rows[0] with { Position = step };
            backend.ChooseNextTokens(rows);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [CudaTheory]
    [InlineData(true, false), InlineData(false, true)]
    public async Task The_engine_allocates_nothing_either_with_guides_and_edits_or_penalties(bool guidedAndEdited, bool penalized) =>
        Assert.Equal(0, await AllocationSubjects.StepAsync(new CudaBackend(), Steps, guidedAndEdited, guidedAndEdited, penalized));

    [CudaFact]
    public async Task Verification_allocates_nothing_either() =>
        Assert.Equal(0, await AllocationSubjects.VerifyAsync(new CudaBackend(), Steps));
}
