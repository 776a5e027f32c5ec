using System.Text.RegularExpressions;
using Alignment.Compute.Cuda.Compilation;
using Alignment.Compute.Cuda.Driver;

namespace Alignment.Compute.Cuda.Tests;

/// <summary>The kernels through NVRTC to machine code, which the assembler inside it checks as well.</summary>
[Collection(nameof(TestDevice))]
public sealed partial class KernelCompilerTests
{
    private const int Kernels = 50;

    [CompilerTheory]
    [InlineData("sm_80")]
    [InlineData("sm_90a")]
    public void Every_kernel_compiles_without_spilling_registers(string architecture)
    {
        (byte[] image, string log) = KernelCompiler.Compile(KernelSource.Text, architecture);
        Assert.Equal([0x7F, (byte)'E', (byte)'L', (byte)'F'], image[..4]);
        Match[] spills = [.. Spill().Matches(log).Cast<Match>()];
        Assert.Equal(Kernels, log.Split("Compiling entry function").Length - 1);
        Assert.True(spills.Length >= Kernels && spills.All(spill => spill.Groups[1].Value == "0"), log);
    }

    [CompilerTheory]
    [InlineData("sm_90a")]
    public void An_error_names_file_and_line(string architecture)
    {
        CudaException fault = Assert.Throws<CudaException>(
            () => KernelCompiler.Compile(
                KernelSource.Text.Replace("float sums[MATMUL_ROWS]", "flaot sums[MATMUL_ROWS]", StringComparison.Ordinal), architecture));
        Assert.Matches(@"matmul\.cu\(\d+\): error", fault.Message);
    }

    [GeneratedRegex(@"(\d+) bytes spill stores")]
    private static partial Regex Spill();
}
