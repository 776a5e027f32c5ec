namespace Alignment.Inference;

/// <summary>Something other than its program, on the engine's thread, has touched a session or a sequence.</summary>
public sealed class ForeignThreadException() : InvalidOperationException(
    "A session and its sequences belong to the engine's thread: use them outside Task.Run, and continue without ConfigureAwait(false).");
