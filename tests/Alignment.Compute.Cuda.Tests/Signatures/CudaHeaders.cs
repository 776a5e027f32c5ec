using Alignment.Tests;

namespace Alignment.Compute.Cuda.Tests.Signatures;

/// <summary>The headers at hand: the fetched one, and a toolkit's where <c>CUDA_HOME</c> or the usual folder has them.</summary>
internal static class CudaHeaders
{
    private static readonly string[] s_toolkit = ["cuda.h", "library_types.h", "driver_types.h", "cublas_api.h", "nvrtc.h", "cublasLt.h"];

    /// <summary>Of the driver API alone; null before tests/clients/cuda-headers/fetch.sh.</summary>
    public static CHeader? Fetched { get; } = Read(Path.Combine(RepositoryPaths.Clients, "cuda-headers", "include"), ["dynlink_cuda.h"]);

    public static CHeader? Toolkit { get; } = Read(
        Path.Combine(Environment.GetEnvironmentVariable("CUDA_HOME") ?? "/usr/local/cuda", "include"), s_toolkit);

    private static CHeader? Read(string folder, string[] names)
    {
        string[] files = [.. names.Select(name => Path.Combine(folder, name)).Where(File.Exists)];
        return files.Length == 0 ? null : new CHeader([.. files.Select(File.ReadAllText)]);
    }
}
