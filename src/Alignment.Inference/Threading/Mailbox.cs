namespace Alignment.Inference.Threading;

/// <summary>
/// What others want of the engine's thread: any thread posts, the engine's reads between two passes. Closing loses nothing: what was posted
/// before it is read, what comes after it is refused.
/// </summary>
internal sealed class Mailbox
{
    private readonly object _lock = new();
    private readonly Queue<(Action Message, bool BringsWork)> _messages = new();
    private bool _isClosed;
    private int _work;

    /// <summary>Whether somebody waits there who may want rows of the next pass. May be asked often: it takes no lock.</summary>
    public bool HasWork => Volatile.Read(ref _work) > 0;

    /// <param name="message">What the engine's thread is to do.</param>
    /// <param name="bringsWork">Whether somebody may ask for rows then.</param>
    /// <returns>False once the mailbox is closed: nobody will read the message.</returns>
    public bool TryPost(Action message, bool bringsWork = false)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return false;
            }

            _messages.Enqueue((message, bringsWork));
            _work += bringsWork ? 1 : 0;
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
            (Action message, bool bringsWork) = _messages.Dequeue();
            _work -= bringsWork ? 1 : 0;
            return message;
        }
    }
}
