using Alignment.Compute.Cuda.Driver;
using Alignment.Compute.Cuda.Session;

namespace Alignment.Compute.Cuda.Memory;

/// <summary>
/// Device memory for what lives between the launches of one operation. Grows to the largest and stays; what was there is lost when it
/// grows.
/// </summary>
internal sealed class Scratch(DeviceSession session) : IDisposable
{
    private DeviceMemory? _memory;
    private long _asked;

    public nint Reserve(long bytes) => Reserve(bytes, out _);

    /// <param name="bytes">Size.</param>
    /// <param name="isNew">
    /// Whether nothing has been written there yet: all of the larger memory, or more of it than was asked for before.
    /// </param>
    public nint Reserve(long bytes, out bool isNew)
    {
        if (_memory is null || _memory.Bytes < bytes)
        {
            DeviceMemory larger = session.Allocate(bytes + (bytes / 2));
            Dispose();
            _memory = larger;
        }

        (isNew, _asked) = (bytes > _asked, Math.Max(bytes, _asked));
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
