using Alignment.Benchmarks.Gpu.Model;
using Alignment.Benchmarks.Gpu.Results;
using Alignment.Benchmarks.Results;
using Alignment.Compute.Cuda.Driver;

namespace Alignment.Benchmarks.Gpu.Measurements;

/// <summary>The device's memory bandwidth, counting what a large copy reads and what it writes.</summary>
internal static class CopyBandwidth
{
    public static async Task<SampleFile> RunAsync(Workload workload)
    {
        using CudaDevice device = new(0);
        using CudaStream stream = new();
        using MemoryPool pool = new(0);
        using DeviceMemory source = pool.Allocate(workload.CopyBytes, stream);
        using DeviceMemory destination = pool.Allocate(workload.CopyBytes, stream);
        InterleavedRounds rounds = await Timing.RunAsync(workload, (SampleNames.Copy, Copy));
        return new SampleFile(
            $"{device.Name}, {device.Architecture}", [rounds.Sample(SampleNames.Copy) with { Bytes = 2.0 * workload.CopyBytes }]);

        void Copy()
        {
            stream.Copy(source.Address, source.Bytes, destination.Address);
            stream.Synchronize();
        }
    }
}
