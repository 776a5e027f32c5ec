namespace Alignment.Inference;

/// <summary>The program of a session has ended, and something that it left behind still asks for sequences or tokens.</summary>
/// <param name="cause">What ended it, where that was not its own return.</param>
public sealed class SessionClosedException(Exception? cause = null)
    : InvalidOperationException("The session is over: its program has ended. Whatever it starts must be awaited before it returns.", cause);
