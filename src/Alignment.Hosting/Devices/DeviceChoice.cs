using System.Globalization;
using Alignment.Compute.Backends;
using Alignment.Compute.Cpu;
using Alignment.Compute.Cuda;
using Alignment.Compute.Cuda.Driver;
using Alignment.Compute.Cuda.Training;
using Alignment.Compute.Training;

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

    /// <summary>Opens it for inference; the caller owns the backend.</summary>
    /// <param name="device">One of <c>auto</c>, <c>cpu</c>, <c>cuda:N</c>; <c>auto</c> is the first CUDA device where there is one.</param>
    /// <param name="threads">Worker threads of the host; null: one per processor.</param>
    /// <exception cref="DeviceUnavailableException">There is no such device, or it cannot be used.</exception>
    public static IBackend Open(string device, int? threads)
        => Open<IBackend>(device, () => new CpuBackend(threads), ordinal => new CudaBackend(ordinal));

    /// <summary>Opens it for training, in the same words; the caller owns the backend.</summary>
    /// <exception cref="DeviceUnavailableException">There is no such device, or it cannot be used.</exception>
    public static ITrainingBackend OpenForTraining(string device, int threads)
        => Open<ITrainingBackend>(device, () => new CpuTrainingBackend(threads), ordinal => new CudaTrainingBackend(ordinal));

    private static T Open<T>(string device, Func<T> openHost, Func<int, T> openCuda)
    {
        if (device == Cpu || (device == Auto && !CudaBackend.IsAvailable))
        {
            return openHost();
        }

        if (!CudaBackend.IsAvailable)
        {
            throw new DeviceUnavailableException($"{device}: there is no CUDA driver on this machine");
        }

        try
        {
            return openCuda(Ordinal(device) ?? 0);
        }
        catch (DllNotFoundException)
        {
            throw new DeviceUnavailableException($"{device}: its kernels must be compiled, and there is no NVRTC of CUDA 12 or 13 on this machine");
        }
        catch (Exception fault) when (fault is CudaException or InsufficientMemoryException)
        {
            throw new DeviceUnavailableException($"{device}: {fault.Message}");
        }
    }

    private static int? Ordinal(string device)
        => device.StartsWith(CudaPrefix, StringComparison.Ordinal) && int.TryParse(device.AsSpan(CudaPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int ordinal) ? ordinal : null;
}
