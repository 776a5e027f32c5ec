using Alignment.Benchmarks.Gpu.Measurements;
using Alignment.Benchmarks.Gpu.Model;
using Alignment.Benchmarks.Gpu.Results;
using Alignment.Benchmarks.Gpu.Testing;
using Alignment.Compute.Cuda;
using Alignment.Compute.Cuda.Tests;

// benchmarks/gpu.sh runs each part in a process of its own: a fault on a device ends the process that made it.
var measurements = new Dictionary<string, Func<Workload, Task<SampleFile>>>(StringComparer.Ordinal)
{
    ["copy"] = CopyBandwidth.RunAsync,
    ["next-token"] = NextToken.RunAsync,
    ["decode-one"] = Decoding.RunOneAsync,
    ["decode-many"] = Decoding.RunManyAsync,
    ["prefill"] = Prefill.RunAsync,
    ["matmul"] = LargeMatMul.RunAsync,
    ["library"] = LargeMatMul.RunByLibraryAsync,
};

switch (args)
{
    case ["test", .. string[] classes]:
        return TestRun.Run(typeof(OperationTests).Assembly, classes) ? 0 : 1;
    case ["device"]:
        return DescribeDevice() ? 0 : 1;
    case ["list"]:
        Console.WriteLine(string.Join('\n', measurements.Keys));
        return 0;
    case ["measure", string name, string workload, string folder] when measurements.ContainsKey(name):
        (await measurements[name](Find(workload))).Write(Path.Combine(folder, $"{name}.json"));
        return 0;
    case ["report", string workload, string folder, string path]:
        return new Report(SampleFile.ReadAll(folder)).Write(Find(workload), path) ? 0 : 1;
    default:
        await Console.Error.WriteLineAsync(
            $"usage: test [CLASS...] | device | list | measure {string.Join('|', measurements.Keys)} {Workload.Names} FOLDER | report "
            + $"{Workload.Names} FOLDER PATH");
        return 2;
}

static bool DescribeDevice()
{
    if (!CudaBackend.IsAvailable)
    {
        Console.WriteLine("no CUDA driver on this machine");
        return false;
    }

    using CudaBackend backend = new();
    Console.WriteLine(backend.Description);
    return true;
}

static Workload Find(string name) =>
    Workload.All.FirstOrDefault(workload => workload.Name == name)
        ?? throw new ArgumentException($"'{name}' is not one of {Workload.Names}");
