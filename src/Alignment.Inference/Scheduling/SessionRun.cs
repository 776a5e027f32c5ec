namespace Alignment.Inference.Scheduling;

/// <summary>A submitted program, from the queue to its result. Everything but construction happens on the engine's thread.</summary>
internal abstract class SessionRun
{
    public Session? Session { get; protected set; }

    public abstract CancellationToken Cancellation { get; }

    public bool IsFinished { get; protected set; }

    /// <summary>Runs the program until its first wait.</summary>
    public abstract void Start(Session session, Action<SessionRun> finished);

    /// <summary>Ends a program that has not started, or will never be resumed.</summary>
    public abstract void Abandon(Exception reason);
}

/// <inheritdoc/>
internal sealed class SessionRun<T>(Func<Session, ValueTask<T>> program, CancellationToken cancellation) : SessionRun
{
    private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Result => _result.Task;

    public override CancellationToken Cancellation => cancellation;

    public override async void Start(Session session, Action<SessionRun> finished)
    {
        Session = session;
        T? result = default;
        Exception? fault = null;
        try
        {
            result = await program(session);
        }
#pragma warning disable CA1031 // A program's fault is its request's result, whatever it is; the engine goes on.
        catch (Exception caught)
#pragma warning restore CA1031
        {
            fault = caught;
        }

        // Pages are free before anyone sees the result.
        IsFinished = true;
        session.Close();
        finished(this);
        Publish(result!, fault);
    }

    public override void Abandon(Exception reason)
    {
        IsFinished = true;
        Publish(default!, reason);
    }

    private void Publish(T result, Exception? fault)
    {
        switch (fault)
        {
            case null:
                _result.TrySetResult(result);
                break;
            case OperationCanceledException:
                _result.TrySetCanceled(cancellation);
                break;
            default:
                _result.TrySetException(fault);
                break;
        }
    }
}
