using System.Numerics;
using System.Runtime.InteropServices;
using Alignment.Compute.Cuda.Driver;

namespace Alignment.Compute.Cuda.Launches;

/// <summary>
/// What a pass tells the device besides its launches: tokens, positions, rules. Gathered in page-locked memory and copied in one piece
/// ahead of the launches; two pieces take turns, so that the host writes one while the device still copies the other. Chunks are rounded
/// up, so that they lie where they lay in the pass before.
/// </summary>
internal sealed class Mailbox : IDisposable
{
    private const int Alignment = 256;
    private const int MostChunks = 8;

    /// <summary>
    /// Rules are the largest: twelve bytes for every different token where there are penalties, a bit for every token where there is a
    /// mask. Whoever has more of them than fit sends them in several posts.
    /// </summary>
    private const int Size = 32 << 20;

    /// <summary>Bytes that an empty post has room for, in up to <see cref="MostChunks"/> chunks, however they are rounded up.</summary>
    public const int MostBytes = (Size - (MostChunks * Alignment)) / 2;

    private readonly PinnedMemory[] _pieces = [new(Size), new(Size)];
    private readonly CudaEvent[] _copied = [new(), new()];
    private readonly DeviceMemory _memory;
    private int _turn;
    private int _used;

    public Mailbox(MemoryPool pool, CudaStream stream) => _memory = pool.Allocate(Size, stream);

    /// <summary>Counts posts: a chunk is where it was said to be only in the post it was written for.</summary>
    public int Post { get; private set; }

    /// <summary>Whether so many bytes fit, in up to <see cref="MostChunks"/> chunks.</summary>
    public bool HasRoom(long bytes) => (2 * bytes) + (MostChunks * Alignment) <= Size - _used;

    /// <summary>Whether one chunk of so many bytes fits: each of those that <see cref="HasRoom"/> has said yes to.</summary>
    public bool Fits(long bytes) => Rounded(bytes) <= Size - _used;

    /// <summary>Takes room for items in this post.</summary>
    /// <param name="count">Number of items.</param>
    /// <param name="items">To be written before the post leaves.</param>
    /// <returns>Where they will be on the device.</returns>
    /// <exception cref="InsufficientMemoryException">They do not fit.</exception>
    public unsafe nint Reserve<T>(int count, out Span<T> items)
        where T : unmanaged
    {
        long bytes = (long)count * sizeof(T);
        if (!Fits(bytes))
        {
            throw new InsufficientMemoryException($"{bytes} bytes are more than one post may send to the device: {Size} bytes.");
        }

        nint address = _memory.Address + _used;
        items = MemoryMarshal.Cast<byte, T>(_pieces[_turn].Span.Slice(_used, (int)bytes));
        _used += (int)Rounded(bytes);
        return address;
    }

    /// <summary>Copies the post to the device and begins the next one.</summary>
    public void Send(CudaStream stream)
    {
        if (_used > 0)
        {
            stream.Upload<byte>(_pieces[_turn].Span[.._used], _memory.Address);
            _copied[_turn].Record(stream);
            _turn = 1 - _turn;
            _copied[_turn].Synchronize();
            _used = 0;
        }

        Post++;
    }

    public void Dispose()
    {
        foreach (IDisposable part in (IDisposable[])[.. _pieces, .. _copied, _memory])
        {
            part.Dispose();
        }
    }

    private static long Rounded(long bytes) => Math.Max(Alignment, (long)BitOperations.RoundUpToPowerOf2((ulong)bytes));
}
