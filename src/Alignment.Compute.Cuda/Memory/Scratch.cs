using Alignment.Compute.Cuda.Driver;

namespace Alignment.Compute.Cuda.Memory;

/// <summary>Device memory for what lives between the launches of one operation. Grows to the largest and stays; what was there is lost when it grows.</summary>
internal sealed class Scratch(DeviceSession session) : IDisposable
{
    private DeviceMemory? _memory;

    public nint Reserve(long bytes)
    {
        if (_memory is null || _memory.Bytes < bytes)
        {
            DeviceMemory larger = session.Allocate(bytes + (bytes / 2));
            Dispose();
            _memory = larger;
        }

        return _memory.Address;
    }

    public void Dispose()
    {
        if (_memory is not null)
        {
            session.Free(_memory);
        }
    }
}
