using Alignment.Benchmarks.Gpu.Model;
using Alignment.Benchmarks.Gpu.Results;
using Alignment.Benchmarks.Results;

namespace Alignment.Benchmarks.Gpu.Measurements;

/// <summary>One token for every sequence, plain and guided in turns.</summary>
internal static class Decoding
{
    /// <summary>A single sequence: its limit is to read the weights.</summary>
    public static Task<SampleFile> RunOneAsync(Workload workload)
        => RunAsync(
            workload, 1, Workload.ShortContext, [SampleNames.DecodeOne, SampleNames.GuidedOne, SampleNames.HeadOne], workload.WeightBytes);

    /// <summary>A large batch: its limit is to read the weights, and each sequence's keys and values.</summary>
    public static Task<SampleFile> RunManyAsync(Workload workload) => RunAsync(
        workload, workload.Batch, workload.Context, [SampleNames.DecodeMany, SampleNames.GuidedMany, SampleNames.HeadMany],
        workload.WeightBytes + (workload.PositionBytes * workload.Batch * workload.Context));

    /// <param name="workload">Sizes.</param>
    /// <param name="batch">Sequences.</param>
    /// <param name="context">Tokens before.</param>
    /// <param name="names">One for each kind of guidance.</param>
    /// <param name="bytes">That plain decoding must read.</param>
    private static async Task<SampleFile> RunAsync(Workload workload, int batch, int context, string[] names, double bytes)
    {
        using RandomModel model = new(workload);
        using DecodeLoop plain = new(model, batch, context, Guidance.None);
        using DecodeLoop adapter = new(model, batch, context, Guidance.Adapter);
        using DecodeLoop head = new(model, batch, context, Guidance.Head);
        InterleavedRounds rounds = await Timing.RunAsync(workload, (names[0], plain.Step), (names[1], adapter.Step), (names[2], head.Step));
        return new SampleFile(
            model.Backend.Description,
            [
                .. names.Select((name, i) => rounds.Sample(name) with { Tokens = batch, Bytes = i == 0 ? bytes : 0 }),
            ]);
    }
}
