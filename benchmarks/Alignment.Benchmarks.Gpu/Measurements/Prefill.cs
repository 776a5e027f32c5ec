using Alignment.Benchmarks.Gpu.Model;
using Alignment.Benchmarks.Gpu.Results;
using Alignment.Benchmarks.Results;
using Alignment.Compute.Contract;
using Alignment.Models.Transformers;

namespace Alignment.Benchmarks.Gpu.Measurements;

/// <summary>One pass over a prompt, with logits of its last token.</summary>
internal static class Prefill
{
    public static async Task<SampleFile> RunAsync(Workload workload)
    {
        using RandomModel model = new(workload);
        Transformer transformer = model.Transformer;
        int[] pages = [.. Enumerable.Range(0, (workload.Prompt + KvCache.PageSize - 1) / KvCache.PageSize)];
        using KvCache cache = transformer.CreateCache(pages.Length);
        ForwardBatch batch = new(transformer.Limits);
        int first = batch.AddSegment([.. Enumerable.Range(0, workload.Prompt).Select(i => i % workload.Shape.Vocabulary)], 0, pages, null);
        int output = batch.AddOutput(first + workload.Prompt - 1, logits: true);
        float[] logits = new float[workload.Shape.Vocabulary];
        InterleavedRounds rounds = await Timing.RunAsync(workload, (SampleNames.Prefill, Compute));
        return new SampleFile(
            model.Backend.Description,
            [
                rounds.Sample(SampleNames.Prefill) with { Tokens = workload.Prompt, Operations = workload.PromptOperations },
            ]);

        void Compute()
        {
            transformer.Forward(batch, cache);
            model.Backend.Download(transformer.Logits, output, logits);
        }
    }
}
