using System.Runtime.InteropServices;
using Alignment.Compute.Memory;

namespace Alignment.Compute.Contract.Training;

/// <summary>Floats in a backend's memory, zero at first. Whoever has it from <see cref="ITrainingBackend.Allocate"/> owns it.</summary>
public sealed unsafe class TrainingBuffer : IDisposable
{
    private const int Chunk = 1 << 28;

    private readonly ITrainingBackend _backend;
    private readonly SafeHandle _memory;

    /// <summary>For backends: zeroed memory of so many elements, which the buffer then owns.</summary>
    public TrainingBuffer(ITrainingBackend backend, SafeHandle memory, long length)
        => (_backend, _memory, Length) = (backend, memory, length);

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>
    /// The first element: an address for the backend's operations, of no meaning to the host unless the backend is the host. Valid until
    /// disposed.
    /// </summary>
    public float* Pointer => (float*)_memory.DangerousGetHandle();

    /// <summary>Copies elements from the host.</summary>
    public void Write(long start, ReadOnlySpan<float> source)
    {
        RequireRange(start, source.Length);
        _backend.Upload(source, Pointer + start);
    }

    /// <summary>Copies elements to the host.</summary>
    public void Read(long start, Span<float> destination)
    {
        RequireRange(start, destination.Length);
        _backend.Download(Pointer + start, destination);
    }

    /// <summary>A copy in the host's memory, which the caller owns.</summary>
    public NativeBuffer<float> ToHost()
    {
        NativeBuffer<float> copy = new(Length);
        for (long start = 0; start < Length; start += Chunk)
        {
            Read(start, new Span<float>(copy.Pointer + start, (int)Math.Min(Chunk, Length - start)));
        }

        return copy;
    }

    /// <summary>Sets every element to zero.</summary>
    public void Clear() => _backend.Clear(Pointer, Length);

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    private void RequireRange(long start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + length, Length);
    }
}
