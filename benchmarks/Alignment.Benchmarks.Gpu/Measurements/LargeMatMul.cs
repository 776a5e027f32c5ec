using Alignment.Benchmarks.Gpu.Model;
using Alignment.Benchmarks.Gpu.Results;
using Alignment.Benchmarks.Results;
using Alignment.Compute.Contract;
using Alignment.Compute.Contract.Random;
using Alignment.Compute.Cuda;

namespace Alignment.Benchmarks.Gpu.Measurements;

/// <summary>
/// One large matmul of bf16 weights, activations rounded to bf16 on the way: by our kernels, and by cuBLASLt where it is installed.
/// </summary>
internal static class LargeMatMul
{
    private const string Variable = "ALIGNMENT_CUDA_MATMUL";

    public static Task<SampleFile> RunAsync(Workload workload) => RunAsync(workload, SampleNames.MatMul);

    public static async Task<SampleFile> RunByLibraryAsync(Workload workload)
    {
        Environment.SetEnvironmentVariable(Variable, "cublaslt");
        SampleFile matMul = await RunAsync(workload, SampleNames.LibraryMatMul);
        SampleFile prefill = await Prefill.RunAsync(workload);
        return matMul with
        {
            Samples = [.. matMul.Samples, .. prefill.Samples.Select(sample => sample with { Name = SampleNames.LibraryPrefill })],
        };
    }

    private static async Task<SampleFile> RunAsync(Workload workload, string name)
    {
        int size = workload.MatMulSize;
        using CudaBackend backend = new() { RandomWeights = true };
        using WeightMatrix weight = Weight(backend, size);
        using Tensor input = backend.CreateTensor(size, size);
        using Tensor output = backend.CreateTensor(size, size);
        float[] numbers = [.. Enumerable.Range(0, size).Select(i => (float)Philox.Uniform(1, (ulong)i, 0) - 0.5f)];
        for (int row = 0; row < size; row++)
        {
            backend.Upload(numbers, row, input);
        }

        InterleavedRounds rounds = await Timing.RunAsync(workload, (name, Compute));
        return new SampleFile(backend.Description, [rounds.Sample(name) with { Operations = 2.0 * size * size * size }]);

        void Compute()
        {
            backend.MatMul(input, weight, null, [], size, output);
            backend.Download(output, 0, numbers);
        }
    }

    /// <summary>Its contents are drawn on the device: no source is read.</summary>
    private static unsafe WeightMatrix Weight(CudaBackend backend, int size) =>
        backend.Pack([new WeightSource(null, size, size, DType.Bf16)]);
}
