namespace Alignment.Inference;

/// <summary>The engine has shut down, or a broken invariant has stopped it.</summary>
public sealed class EngineStoppedException(string message, Exception? cause = null) : Exception(message, cause);
