using Alignment.Benchmarks.Gpu.Model;
using Alignment.Benchmarks.Gpu.Results;
using Alignment.Benchmarks.Results;

namespace Alignment.Benchmarks.Gpu.Measurements;

/// <summary>One token for every sequence, plain and guided in turns.</summary>
internal static class Decoding
{
    /// <summary>A single sequence: its limit is to read the weights.</summary>
    public static Task<SampleFile> RunOneAsync(Workload workload)
        => RunAsync(workload, 1, Workload.ShortContext, (SampleNames.DecodeOne, SampleNames.GuidedOne), workload.WeightBytes);

    /// <summary>A large batch: its limit is to read the weights, and each sequence's keys and values.</summary>
    public static Task<SampleFile> RunManyAsync(Workload workload) => RunAsync(
        workload, workload.Batch, workload.Context, (SampleNames.DecodeMany, SampleNames.GuidedMany), workload.WeightBytes + (workload.PositionBytes * workload.Batch * workload.Context));

    private static async Task<SampleFile> RunAsync(Workload workload, int batch, int context, (string Plain, string Guided) names, double bytes)
    {
        using RandomModel model = new(workload);
        using DecodeLoop plain = new(model, batch, context, guided: false);
        using DecodeLoop guided = new(model, batch, context, guided: true);
        InterleavedRounds rounds = await Timing.RunAsync(workload, (names.Plain, plain.Step), (names.Guided, guided.Step));
        return new SampleFile(
            model.Backend.Description, [rounds.Sample(names.Plain) with { Tokens = batch, Bytes = bytes }, rounds.Sample(names.Guided) with { Tokens = batch }]);
    }
}
