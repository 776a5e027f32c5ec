using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Alignment.Decoding.Responses;

/// <summary>
/// The events of one request on their way from its program to its reader. At most so many and so much wait there: a program that is ahead
/// awaits the reader, off the engine's thread, which goes on with the others. Writers are the program's own, one reader.
/// </summary>
internal sealed class EventBuffer
{
    /// <summary>Most events that wait.</summary>
    public const int MostEvents = 256;

    /// <summary>Most memory that they take, roughly, in bytes; one that alone takes more waits alone.</summary>
    public const int MostBytes = 1 << 18;

    private const int ObjectBytes = 96;

    private readonly Channel<GenerationEvent> _events = Channel.CreateUnbounded<GenerationEvent>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = false });

    private readonly object _lock = new();
    private TaskCompletionSource? _room;
    private int _count;
    private long _bytes;
    private bool _isClosed;

    /// <summary>Hands an event over, once there is room for it.</summary>
    /// <exception cref="OperationCanceledException">Nobody reads any more.</exception>
    public async ValueTask WriteAsync(GenerationEvent next)
    {
        long bytes = Bytes(next);
        while (Take(bytes) is { } room)
        {
            await room;
        }

        _events.Writer.TryWrite(next);
    }

    /// <summary>Every event to the last; to be read once.</summary>
    public async IAsyncEnumerable<GenerationEvent> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (GenerationEvent next in _events.Reader.ReadAllAsync(cancellation))
        {
            Free(Bytes(next));
            yield return next;
        }
    }

    /// <summary>Nothing more will be written; who waits to write is cancelled. What is written can still be read.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            Wake();
        }

        _events.Writer.TryComplete();
    }

    private static long Bytes(GenerationEvent next) => ObjectBytes + next switch
    {
        TextEvent text => (2L * text.Text.Length) + text.Tokens.Sum(Bytes),
        PromptEvent prompt => prompt.Tokens.Sum(Bytes),
        _ => 0,
    };

    private static long Bytes(GeneratedToken token) =>
        ObjectBytes + (3L * token.Bytes.Length) + token.Top.Sum(top => ObjectBytes + (3L * top.Bytes.Length));

    /// <returns>What to await before trying again; null: the room is taken.</returns>
    private Task? Take(long bytes)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                throw new OperationCanceledException("Nobody reads the events any more.");
            }

            if (_count > 0 && (_count == MostEvents || _bytes + bytes > MostBytes))
            {
                _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return _room.Task;
            }

            (_count, _bytes) = (_count + 1, _bytes + bytes);
            return null;
        }
    }

    /// <summary>Writers that wait come back when half is free, not for every event: a wait costs two changes of thread.</summary>
    private void Free(long bytes)
    {
        lock (_lock)
        {
            (_count, _bytes) = (_count - 1, _bytes - bytes);
            if (_count <= MostEvents / 2 && _bytes <= MostBytes / 2)
            {
                Wake();
            }
        }
    }

    private void Wake()
    {
        _room?.SetResult();
        _room = null;
    }
}
