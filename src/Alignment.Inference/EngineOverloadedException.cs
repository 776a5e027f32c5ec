namespace Alignment.Inference;

/// <summary>The queue is full; try again after a while.</summary>
public sealed class EngineOverloadedException(TimeSpan retryAfter) : Exception("The engine's queue is full.")
{
    /// <summary>A time after which the queue has probably moved.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}
