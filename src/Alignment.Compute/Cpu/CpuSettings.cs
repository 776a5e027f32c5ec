using System.Globalization;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Alignment.Compute.Cpu;

/// <summary>What the machine offers, and what the environment asks for instead.</summary>
internal static class CpuSettings
{
    private const string ThreadsVariable = "ALIGNMENT_THREADS";
    private const string SimdVariable = "ALIGNMENT_SIMD";

    /// <summary>Workers: the variable, else one per processor.</summary>
    /// <exception cref="InvalidOperationException">The variable is not a number of threads.</exception>
    public static int Threads()
    {
        string? text = Environment.GetEnvironmentVariable(ThreadsVariable);
        if (string.IsNullOrEmpty(text))
        {
            return Environment.ProcessorCount;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int threads)
            && threads is >= 1 and <= CpuBackend.MaxThreads
            ? threads
            : throw new InvalidOperationException($"{ThreadsVariable}: '{text}' is not a number from 1 to {CpuBackend.MaxThreads}.");
    }

    /// <summary>Width of the kernels: the variable, else the widest the machine has.</summary>
    /// <exception cref="InvalidOperationException">The variable names no form.</exception>
    public static SimdForm Form() => Environment.GetEnvironmentVariable(SimdVariable) switch
    {
        null or "" => Enum.GetValues<SimdForm>().Last(IsSupported),
        "512" => SimdForm.Vector512,
        "256" => SimdForm.Vector256,
        "scalar" => SimdForm.Scalar,
        string text => throw new InvalidOperationException($"{SimdVariable}: '{text}' is none of 512, 256, scalar."),
    };

    /// <summary>Whether this machine runs the form at its own width.</summary>
    public static bool IsSupported(SimdForm form) => form switch
    {
        SimdForm.Vector512 => Vector512.IsHardwareAccelerated && Avx512F.IsSupported,
        SimdForm.Vector256 => Vector256.IsHardwareAccelerated && Fma.IsSupported,
        _ => true,
    };
}
