using Alignment.Compute.Cuda.Compilation;
using Alignment.Tests;

namespace Alignment.Compute.Cuda.Tests;

public sealed class KernelCacheTests
{
    [Fact]
    public void Code_is_compiled_once_and_again_when_its_file_is_damaged()
    {
        using TemporaryFolder folder = new();
        KernelCache cache = new(folder.File("kernels"));
        int compiled = 0;
        Assert.Equal([1, 2, 3], Get("source", "sm_90a"));
        Assert.Equal([1, 2, 3], Get("source", "sm_90a"));
        Assert.Equal(1, compiled);
        Get("source", "sm_80");
        Get("other", "sm_90a");
        Assert.Equal(3, compiled);
        foreach (string file in Directory.GetFiles(folder.File("kernels")))
        {
            File.WriteAllBytes(file, [.. File.ReadAllBytes(file)[..^1], 9]);
        }

        Assert.Equal([1, 2, 3], Get("source", "sm_90a"));
        Assert.Equal(4, compiled);
        Assert.All(Directory.GetFiles(folder.File("kernels")), file => Assert.EndsWith(".cubin", file, StringComparison.Ordinal));

        byte[] Get(string source, string architecture) => cache.Get(source, architecture, "13.0", () =>
        {
            compiled++;
            return [1, 2, 3];
        });
    }
}
