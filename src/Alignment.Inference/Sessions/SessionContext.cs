using Alignment.Inference.Threading;

namespace Alignment.Inference.Sessions;

/// <summary>
/// Where a session's program runs: on the engine's thread. It brings the program back from what it awaited elsewhere, and makes whatever
/// the program throws its own request's result.
/// </summary>
internal sealed class SessionContext(Mailbox mailbox, SessionRun run) : SynchronizationContext
{
    /// <summary>
    /// Once the engine has stopped, what is left of a program (its finally blocks) runs elsewhere; its session refuses everything.
    /// </summary>
    public override void Post(SendOrPostCallback d, object? state)
    {
        if (!mailbox.TryPost(() => Run(d, state), bringsWork: true))
        {
            base.Post(d, state);
        }
    }

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("Waiting for the engine's thread could deadlock it.");

    /// <summary>Ends a wait and runs the program inline until it waits again. Allocates nothing.</summary>
    /// <param name="ask">What it waits for.</param>
    /// <param name="fault">Null: it gets its answer.</param>
    public void Resume(Ask ask, Exception? fault)
    {
        SetSynchronizationContext(this);
        ask.Sequence.Answered();
        try
        {
            if (fault is null)
            {
                ask.Complete();
            }
            else
            {
                ask.Fail(fault);
            }
        }
#pragma warning disable CA1031 // A program's fault is its request's result, whatever it is; the engine goes on.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            run.End(thrown);
        }
    }

    /// <summary>Runs the program until its first wait.</summary>
    public void Start(Session session, Action<SessionRun> ended)
    {
        SetSynchronizationContext(this);
        run.Start(session, ended);
    }

    private void Run(SendOrPostCallback callback, object? state)
    {
        SetSynchronizationContext(this);
        try
        {
            callback(state);
        }
#pragma warning disable CA1031 // As above: an async void method throws here.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            run.End(thrown);
        }
    }
}
