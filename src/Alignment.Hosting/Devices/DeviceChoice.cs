using System.Globalization;
using Alignment.Compute.Contract;
using Alignment.Compute.Contract.Training;
using Alignment.Compute.Cpu;
using Alignment.Compute.Cpu.Training;
using Alignment.Compute.Cuda;
using Alignment.Compute.Cuda.Driver;
using Alignment.Compute.Cuda.Training;

namespace Alignment.Hosting.Devices;

/// <summary>From the word that an operator writes to a backend.</summary>
public static class DeviceChoice
{
    /// <summary>The host.</summary>
    public const string Cpu = "cpu";

    /// <summary>What can be written.</summary>
    public const string Forms = "auto, cpu, cuda:N";

    private const string Auto = "auto";
    private const string CudaPrefix = "cuda:";

    /// <summary>Whether the word names a device, there or not.</summary>
    public static bool IsKnown(string device) => device is Cpu or Auto || Ordinal(device) is not null;

    /// <summary>Opens it for inference. <c>auto</c> is the first CUDA device, and the host where that cannot be used.</summary>
    /// <param name="device">One of <c>auto</c>, <c>cpu</c>, <c>cuda:N</c>.</param>
    /// <param name="threads">Worker threads of the host; null: one per processor.</param>
    /// <exception cref="DeviceUnavailableException">There is no such device, or it cannot be used.</exception>
    public static ChosenDevice Open(string device, int? threads)
    {
        IBackend backend = Open<IBackend>(device, () => CpuBackend.Create(threads), ordinal => new CudaBackend(ordinal), out string reason);
        return new ChosenDevice(backend, reason);
    }

    /// <summary>Opens it for training, by the same words; the caller owns the backend.</summary>
    /// <param name="device">As for <see cref="Open(string, int?)"/>.</param>
    /// <param name="threads">Worker threads of the host.</param>
    /// <param name="reason">Why it is this device.</param>
    /// <exception cref="DeviceUnavailableException">There is no such device, or it cannot be used.</exception>
    public static ITrainingBackend OpenForTraining(string device, int threads, out string reason)
        => Open<ITrainingBackend>(device, () => new CpuTrainingBackend(threads), ordinal => new CudaTrainingBackend(ordinal), out reason);

    /// <summary>Why a device was chosen; with a <paramref name="problem"/> it is not the one that was tried first.</summary>
    internal static string Reason(string device, string? problem) =>
        device == Auto ? $"auto: {problem ?? "first CUDA device"}" : "as configured";

    /// <summary>Why a CUDA device cannot be used, in one line: a compiler's log has many.</summary>
    internal static string Problem(Exception fault) => fault switch
    {
        DllNotFoundException => "no NVRTC of CUDA 12 or 13 on this machine to compile the kernels with",
        EntryPointNotFoundException => $"the CUDA libraries on this machine are too old: {FirstLine(fault)}",
        _ => FirstLine(fault),
    };

    private static T Open<T>(string device, Func<T> openHost, Func<int, T> openCuda, out string reason)
        where T : class
    {
        string? problem = null;
        try
        {
            T? cuda = device == Cpu ? null : OpenCuda(Ordinal(device) ?? 0, openCuda, out problem);
            reason = Reason(device, problem);
            return cuda ?? (device is Cpu or Auto ? openHost() : throw new DeviceUnavailableException($"{device}: {problem}"));
        }
        catch (Exception fault) when (fault is InvalidOperationException or PlatformNotSupportedException)
        {
            // A variable such as ALIGNMENT_SIMD asks for what does not exist: also under auto no reason to take another device.
            throw new DeviceUnavailableException(FirstLine(fault));
        }
    }

    private static T? OpenCuda<T>(int ordinal, Func<int, T> open, out string? problem)
        where T : class
    {
        problem = CudaBackend.IsAvailable ? null : "no CUDA driver on this machine";
        try
        {
            return problem is null ? open(ordinal) : null;
        }
        catch (Exception fault) when (
            fault is CudaException or InsufficientMemoryException or DllNotFoundException or EntryPointNotFoundException)
        {
            problem = Problem(fault);
            return null;
        }
    }

    private static string FirstLine(Exception fault) => fault.Message.Split('\n')[0].TrimEnd();

    private static int? Ordinal(string device)
        => device.StartsWith(CudaPrefix, StringComparison.Ordinal)
            && int.TryParse(device.AsSpan(CudaPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int ordinal)
            ? ordinal
            : null;
}
