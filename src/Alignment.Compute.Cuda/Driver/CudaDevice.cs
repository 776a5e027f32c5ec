using System.Runtime.InteropServices;
using System.Text;

namespace Alignment.Compute.Cuda.Driver;

/// <summary>A device and its primary context, which is held until this is disposed and current on the thread that opened it.</summary>
internal sealed unsafe class CudaDevice : SafeHandle
{
    private const int NameLength = 256;

    private readonly int _device;

    /// <summary>Opens device <paramref name="ordinal"/>.</summary>
    /// <exception cref="CudaException">There is no such device, or the driver refuses.</exception>
    public CudaDevice(int ordinal)
        : base(0, ownsHandle: true)
    {
        CudaException.Check(DriverApi.cuInit(0));
        CudaException.Check(DriverApi.cuDeviceGet(out _device, ordinal));
        CudaException.Check(DriverApi.cuDevicePrimaryCtxRetain(out nint context, _device));
        SetHandle(context);
        MakeCurrent();
        Name = ReadName();
        CudaException.Check(DriverApi.cuDeviceGetAttribute(out int major, DriverApi.MajorAttribute, _device));
        CudaException.Check(DriverApi.cuDeviceGetAttribute(out int minor, DriverApi.MinorAttribute, _device));

        // Hopper's own instructions exist only in the architecture-specific form.
        Architecture = major == 9 ? $"sm_{major}{minor}a" : $"sm_{major}{minor}";
        Description = $"cuda:{ordinal}, {Name}, {Architecture}";
    }

    /// <summary>As the driver calls it.</summary>
    public string Name { get; }

    /// <summary>What kernels are compiled for: <c>sm_90a</c>.</summary>
    public string Architecture { get; }

    /// <summary>"cuda:0, NVIDIA H200, sm_90a".</summary>
    public string Description { get; }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Makes the context current on the calling thread; the engine's loop is another one than the loader's.</summary>
    public void MakeCurrent() => CudaException.Check(DriverApi.cuCtxSetCurrent(handle));

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => DriverApi.cuDevicePrimaryCtxRelease_v2(_device) == 0;

    private string ReadName()
    {
        byte* name = stackalloc byte[NameLength];
        CudaException.Check(DriverApi.cuDeviceGetName(name, NameLength, _device));
        return Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name));
    }
}
