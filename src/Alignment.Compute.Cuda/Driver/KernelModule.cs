using System.Runtime.InteropServices;

namespace Alignment.Compute.Cuda.Driver;

/// <summary>Compiled kernels, loaded into the current context.</summary>
internal sealed unsafe class KernelModule : SafeHandle
{
    public KernelModule(ReadOnlySpan<byte> image)
        : base(0, ownsHandle: true)
    {
        fixed (byte* pointer = image)
        {
            CudaException.Check(DriverApi.cuModuleLoadData(out nint module, pointer));
            SetHandle(module);
        }
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>A kernel by name; valid until this is disposed.</summary>
    public nint Find(string name)
    {
        CudaException.Check(DriverApi.cuModuleGetFunction(out nint function, handle, name));
        return function;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => DriverApi.cuModuleUnload(handle) == 0;
}
