namespace Alignment.Inference.Threading;

/// <summary>
/// What others want of the engine's thread: any thread posts, the engine's reads between two passes. Closing loses nothing: what was posted
/// before it is read, what comes after it is refused.
/// </summary>
internal sealed class Mailbox
{
    private readonly object _lock = new();
    private readonly Queue<Action> _messages = new();
    private bool _isClosed;
    private int _unread;

    /// <summary>Whether there is something to read. May be asked often: it takes no lock.</summary>
    public bool HasMessages => Volatile.Read(ref _unread) > 0;

    /// <summary>False once the mailbox is closed: nobody will read the message.</summary>
    public bool TryPost(Action message)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return false;
            }

            _messages.Enqueue(message);
            _unread = _messages.Count;
            Monitor.Pulse(_lock);
            return true;
        }
    }

    /// <summary>
    /// Runs what is there now; what comes meanwhile waits for the next reading, so that nobody holds up the passes by posting.
    /// </summary>
    public void Read()
    {
        for (int left = Count(); left > 0; left--)
        {
            Take()();
        }
    }

    /// <summary>Sleeps until there is something to read. Messages that were read wake nobody.</summary>
    public void Wait()
    {
        lock (_lock)
        {
            while (_messages.Count == 0)
            {
                Monitor.Wait(_lock);
            }
        }
    }

    /// <summary>Refuses what comes from now on, and reads the rest.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
        }

        Read();
    }

    private int Count()
    {
        lock (_lock)
        {
            return _messages.Count;
        }
    }

    private Action Take()
    {
        lock (_lock)
        {
            Action message = _messages.Dequeue();
            _unread = _messages.Count;
            return message;
        }
    }
}
