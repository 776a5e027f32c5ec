using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Alignment.Compute.Cuda.Driver;

namespace Alignment.Compute.Cuda.Launches;

/// <summary>
/// Launches on their way to the device. They are written down first; when the host needs a result they leave together, as a graph where the
/// same launches have left before. So the engine's loop knows nothing of graphs, and whatever repeats (a decode step, its guides and its
/// next-token rules) becomes one.
/// </summary>
internal sealed unsafe class LaunchQueue : IDisposable
{
    /// <summary>Words ahead of a launch's parameters: kernel, grid, number of parameters.</summary>
    private const int HeaderWords = 3;

    /// <summary>Most parameters of a kernel.</summary>
    private const int MostParameters = 16;

    private readonly CudaStream _stream;
    private readonly Mailbox _mailbox;
    private readonly GraphCache _graphs = new();
    private readonly List<ulong> _words = [];
    private readonly List<DeviceMemory> _retired = [];
    private readonly Action _replay;
    private int _launch;

    public LaunchQueue(CudaStream stream, MemoryPool pool) => (_stream, _mailbox, _replay) = (stream, new Mailbox(pool, stream), Replay);

    /// <summary>What was sent is valid for the launches that are queued while this number stays.</summary>
    public int Post => _mailbox.Post;

    /// <summary>Graphs made since the start.</summary>
    public int Captures => _graphs.Captures;

    /// <summary>
    /// Begins a launch of <see cref="Grid.Threads"/> threads a block; its parameters follow by <see cref="With"/>, in the kernel's order.
    /// </summary>
    public LaunchQueue Launch(nint kernel, int gridX, int gridY = 1, int gridZ = 1)
    {
        _launch = _words.Count;
        _words.Add((ulong)kernel);
        _words.Add((uint)gridX | ((ulong)gridY << 32));
        _words.Add((ulong)gridZ << 32);
        return this;
    }

    /// <summary>Adds a parameter, by value.</summary>
    public LaunchQueue With<T>(T value)
        where T : unmanaged
    {
        int words = (sizeof(T) + sizeof(ulong) - 1) / sizeof(ulong);
        int start = _words.Count;
        CollectionsMarshal.SetCount(_words, start + words + 1);
        Span<ulong> added = CollectionsMarshal.AsSpan(_words)[start..];
        added.Clear();
        added[0] = (ulong)words;
        Unsafe.WriteUnaligned(ref Unsafe.As<ulong, byte>(ref added[1]), value);
        CollectionsMarshal.AsSpan(_words)[_launch + 2]++;
        return this;
    }

    /// <summary>
    /// Lets what is queued leave if so many bytes do not fit in this post: chunks that belong together must travel together.
    /// </summary>
    public void MakeRoom(long bytes)
    {
        if (!_mailbox.HasRoom(bytes))
        {
            Flush();
        }
    }

    /// <summary>Writes items into the post and says where they will be; what was queued leaves first where the post is full.</summary>
    /// <exception cref="InsufficientMemoryException">More than a post can hold.</exception>
    public nint Send<T>(int count, out Span<T> items)
        where T : unmanaged
    {
        if (!_mailbox.Fits((long)count * sizeof(T)))
        {
            Flush();
        }

        return _mailbox.Reserve(count, out items);
    }

    /// <summary>Sends a copy of the items.</summary>
    public nint Send<T>(ReadOnlySpan<T> items)
        where T : unmanaged
    {
        nint address = Send(items.Length, out Span<T> target);
        items.CopyTo(target);
        return address;
    }

    /// <summary>
    /// Gives memory back behind the launches that are queued and may use it. They do not leave for that: what this post has sent stays
    /// where it is.
    /// </summary>
    public void Retire(DeviceMemory memory) => _retired.Add(memory);

    /// <summary>Gives everything to the device, without waiting for it.</summary>
    public void Flush()
    {
        try
        {
            _mailbox.Send(_stream);
            if (_graphs.Find(CollectionsMarshal.AsSpan(_words), _stream, _replay) is { } graph)
            {
                graph.Launch(_stream);
            }
            else
            {
                Replay();
            }
        }
        finally
        {
            // Also after a fault: launches that stayed would read the next post.
            _words.Clear();
            _retired.ForEach(static memory => memory.Dispose());
            _retired.Clear();
        }
    }

    public void Dispose()
    {
        _graphs.Dispose();
        _mailbox.Dispose();
    }

    private void Replay()
    {
        void** parameters = stackalloc void*[MostParameters];
        fixed (ulong* words = CollectionsMarshal.AsSpan(_words))
        {
            for (int at = 0; at < _words.Count;)
            {
                ulong* launch = words + at;
                int count = (int)(uint)launch[2];
                at += HeaderWords;
                for (int i = 0; i < count; i++)
                {
                    parameters[i] = words + at + 1;
                    at += 1 + (int)words[at];
                }

                (int X, int Y, int Z) grid = ((int)(uint)launch[1], (int)(launch[1] >> 32), (int)(launch[2] >> 32));
                if (grid is { X: > 0, Y: > 0, Z: > 0 })
                {
                    _stream.Launch((nint)launch[0], grid, Grid.Threads, parameters);
                }
            }
        }
    }
}
