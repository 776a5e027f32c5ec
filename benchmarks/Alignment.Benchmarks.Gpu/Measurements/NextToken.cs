using Alignment.Benchmarks.Gpu.Model;
using Alignment.Benchmarks.Gpu.Results;
using Alignment.Benchmarks.Results;
using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Contract.Random;
using Alignment.Compute.Cuda;

namespace Alignment.Benchmarks.Gpu.Measurements;

/// <summary>The fused rule alone, over a large batch with guides: its limit is to read every row of logits once.</summary>
internal static class NextToken
{
    private const int Guides = 4;

    public static async Task<SampleFile> RunAsync(Workload workload)
    {
        using CudaBackend backend = new();
        using Tensor logits = Logits(backend, workload.Batch, workload.Shape.Vocabulary);
        using Tensor guides = Logits(backend, workload.Batch * Guides, workload.Shape.Vocabulary);
        NextTokenRow[] plain = Rows(new NextTokenRule { Seed = 1 });
        NextTokenRow[] truncated = Rows(new NextTokenRule { Seed = 1, Temperature = 0.8f, TopK = 50, TopP = 0.9f });
        InterleavedRounds rounds = await Timing.RunAsync(
            workload, (SampleNames.NextToken, () => backend.ChooseNextTokens(plain)), (
                SampleNames.TruncatedNextToken, () => backend.ChooseNextTokens(truncated)));
        double bytes = (double)sizeof(float) * workload.Shape.Vocabulary * workload.Batch * (1 + Guides);
        return new SampleFile(
            backend.Description,
            [
                .. new[] { SampleNames.NextToken, SampleNames.TruncatedNextToken }.Select(
                    name => rounds.Sample(name) with { Tokens = workload.Batch, Bytes = bytes }),
            ]);

        NextTokenRow[] Rows(NextTokenRule rule) =>
        [
            .. Enumerable.Range(0, workload.Batch).Select(row => new NextTokenRow(
                logits,
                row,
                workload.Shape.Vocabulary,
                [.. Enumerable.Range(row * Guides, Guides).Select(guide => new GuideRow(guides, guide, 0.25f))],
                Guides,
                rule,
                null,
                (ulong)row,
                0,
                new TokenChoice(0, Guides))),
        ];
    }

    /// <summary>Random rows: each is cut from the same numbers one further on.</summary>
    private static Tensor Logits(CudaBackend backend, int rows, int vocabulary)
    {
        const double Range = 10;
        float[] numbers =
        [
            .. Enumerable.Range(0, vocabulary + rows).Select(i => (float)(Range * Philox.Uniform(1, (ulong)i, (ulong)rows))),
        ];
        Tensor tensor = backend.CreateTensor(rows, vocabulary);
        for (int row = 0; row < rows; row++)
        {
            backend.Upload(numbers.AsSpan(row, vocabulary), row, tensor);
        }

        return tensor;
    }
}
