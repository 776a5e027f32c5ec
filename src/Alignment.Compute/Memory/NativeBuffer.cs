using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Alignment.Compute.Memory;

/// <summary>
/// Zero-filled memory outside the managed heap, aligned to 64 bytes (2 MiB when large, so that the kernel may back it with huge
/// pages). A large buffer takes memory only where it was written: a cache that nobody fills costs its addresses. Whoever
/// creates a buffer owns it; everyone else holds a pointer that is valid until the owner disposes it.
/// </summary>
public sealed unsafe class NativeBuffer<T> : SafeHandle
    where T : unmanaged
{
    private const int HugePage = 2 << 20;

    private readonly void* _block;

    /// <summary>Allocates <paramref name="length"/> zeroed elements.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative or its byte count overflows.</exception>
    /// <exception cref="OutOfMemoryException">The operating system refused.</exception>
    public NativeBuffer(long length)
        : base(0, ownsHandle: true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, long.MaxValue / 2 / sizeof(T));
        Length = length;
        nuint bytes = Math.Max(64, (nuint)length * (nuint)sizeof(T));
        nuint alignment = bytes >= HugePage ? HugePage : 64u;
        nuint rounded = (bytes + alignment - 1) & ~(alignment - 1);
        _block = NativeMemory.AllocZeroed(rounded + alignment);
        void* memory = (void*)(((nuint)_block + alignment - 1) & ~(alignment - 1));
        if (alignment == HugePage)
        {
            HugePages.Advise(memory, rounded);
        }

        SetHandle((nint)memory);
    }

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>The first element; valid until this buffer is disposed.</summary>
    public T* Pointer => (T*)handle;

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>The whole buffer as a span.</summary>
    /// <exception cref="OverflowException">The buffer holds more than <see cref="int.MaxValue"/> elements.</exception>
    public Span<T> Span => new(Pointer, checked((int)Length));

    /// <summary>One element by index, unchecked: kernels test their ranges once, at the door.</summary>
    public ref T this[long index] => ref Unsafe.AsRef<T>(Pointer + index);

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMemory.Free(_block);
        return true;
    }
}
