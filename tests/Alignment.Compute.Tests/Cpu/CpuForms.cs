using Alignment.Compute.Cpu;

namespace Alignment.Compute.Tests.Cpu;

/// <summary>The forms of the kernels that this machine runs.</summary>
public static class CpuForms
{
    public static IReadOnlyList<SimdForm> Supported { get; } = [.. Enum.GetValues<SimdForm>().Where(CpuSettings.IsSupported)];

    public static TheoryData<SimdForm> All => [.. Supported];
}
