using System.Globalization;
using Alignment.Compute.Backends;
using Alignment.Compute.Cpu;
using Alignment.Compute.Cuda;
using Alignment.Compute.Cuda.Driver;

namespace Alignment.Hosting.Devices;

/// <summary>From the word that an operator writes to a backend.</summary>
public static class DeviceChoice
{
    /// <summary>The host.</summary>
    public const string Cpu = "cpu";

    internal const string Forms = "auto, cpu, cuda:N";

    private const string Auto = "auto";
    private const string CudaPrefix = "cuda:";

    /// <summary>Whether the word names a device, there or not.</summary>
    public static bool IsKnown(string device) => device is Cpu or Auto || Ordinal(device) is not null;

    /// <summary>Opens it. <c>auto</c> is the first CUDA device, and the host where that cannot be used.</summary>
    /// <param name="device">One of <c>auto</c>, <c>cpu</c>, <c>cuda:N</c>.</param>
    /// <param name="threads">Worker threads of the host; null: one per processor.</param>
    /// <exception cref="DeviceUnavailableException">There is no such device, or it cannot be used.</exception>
    public static ChosenDevice Open(string device, int? threads)
    {
        if (device == Cpu)
        {
            return new ChosenDevice(new CpuBackend(threads), Reason(device, problem: null));
        }

        CudaBackend? cuda = OpenCuda(Ordinal(device) ?? 0, out string? problem);
        return cuda is not null || device == Auto
            ? new ChosenDevice(cuda ?? (IBackend)new CpuBackend(threads), Reason(device, problem))
            : throw new DeviceUnavailableException($"{device}: {problem}");
    }

    /// <summary>Why a device was chosen; with a <paramref name="problem"/> it is not the one that was tried first.</summary>
    internal static string Reason(string device, string? problem) => device == Auto ? $"auto: {problem ?? "first CUDA device"}" : "as configured";

    /// <summary>Why a CUDA device cannot be used, in one line: a compiler's log has many.</summary>
    internal static string Problem(Exception fault) => fault switch
    {
        DllNotFoundException => "no NVRTC of CUDA 12 or 13 on this machine to compile the kernels with",
        EntryPointNotFoundException => $"the CUDA libraries on this machine are too old: {FirstLine(fault)}",
        _ => FirstLine(fault),
    };

    private static CudaBackend? OpenCuda(int ordinal, out string? problem)
    {
        problem = CudaBackend.IsAvailable ? null : "no CUDA driver on this machine";
        try
        {
            return problem is null ? new CudaBackend(ordinal) : null;
        }
        catch (Exception fault) when (fault is CudaException or InsufficientMemoryException or DllNotFoundException or EntryPointNotFoundException)
        {
            problem = Problem(fault);
            return null;
        }
    }

    private static string FirstLine(Exception fault) => fault.Message.Split('\n')[0].TrimEnd();

    private static int? Ordinal(string device)
        => device.StartsWith(CudaPrefix, StringComparison.Ordinal) && int.TryParse(device.AsSpan(CudaPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int ordinal) ? ordinal : null;
}
