namespace Alignment.Inference.Sessions;

/// <summary>A submitted program, from the queue to its result. Belongs to the engine's thread once the mailbox has taken it.</summary>
internal abstract class SessionRun
{
    private Action<SessionRun>? _ended;

    protected SessionRun(SessionOptions options, CancellationToken cancellation)
    {
        (Options, Cancellation) = (options, cancellation);
        Place = new LinkedListNode<SessionRun>(this);
    }

    public SessionOptions Options { get; }

    public CancellationToken Cancellation { get; }

    /// <summary>How many came before it.</summary>
    public long Arrival { get; set; }

    /// <summary>Its place in its queue.</summary>
    public LinkedListNode<SessionRun> Place { get; }

    /// <summary>Null before its start.</summary>
    public Session? Session { get; private set; }

    public bool HasEnded { get; private set; }

    /// <summary>Why it has ended without a result; null: it has one, or still runs.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Runs the program until its first wait.</summary>
    /// <param name="session">Its window on the engine.</param>
    /// <param name="ended">Told when it has ended, before anyone sees the result.</param>
    public async void Start(Session session, Action<SessionRun> ended)
    {
        (Session, _ended) = (session, ended);
        Exception? fault = null;
        try
        {
            await RunAsync(session);
        }
#pragma warning disable CA1031 // A program's fault is its request's result, whatever it is; the engine goes on.
        catch (Exception caught)
#pragma warning restore CA1031
        {
            fault = caught;
        }

        End(fault);
    }

    /// <summary>
    /// Ends it once and for all, whether it has returned, waits or never started. Its pages are free before anyone sees the result.
    /// </summary>
    /// <param name="fault">Null: the program has returned its result.</param>
    public void End(Exception? fault)
    {
        if (HasEnded)
        {
            return;
        }

        (HasEnded, Fault) = (true, fault);
        try
        {
            Session?.Close(fault is OperationCanceledException or EngineStoppedException ? fault : new SessionClosedException(fault));
            _ended?.Invoke(this);
        }
        finally
        {
            Publish(fault);
        }
    }

    /// <summary>Runs the program and keeps its result.</summary>
    protected abstract ValueTask RunAsync(Session session);

    /// <summary>Shows the result, or the fault in its place.</summary>
    protected abstract void Publish(Exception? fault);
}

/// <inheritdoc/>
internal sealed class SessionRun<T>(Func<Session, ValueTask<T>> program, SessionOptions options, CancellationToken cancellation)
    : SessionRun(options, cancellation)
{
    private readonly TaskCompletionSource<T> _published = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public Task<T> Result => _published.Task;

    protected override async ValueTask RunAsync(Session session) => _result = await program(session);

    protected override void Publish(Exception? fault)
    {
        switch (fault)
        {
            case null:
                _published.TrySetResult(_result!);
                break;
            case OperationCanceledException:
                _published.TrySetCanceled(Cancellation);
                break;
            default:
                _published.TrySetException(fault);
                break;
        }
    }
}
