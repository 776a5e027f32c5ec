namespace Alignment.Training.Checkpoints;

/// <summary>The end of a run that was told to stop: an exception, so that nobody takes what is there for the whole.</summary>
internal static class StoppedRun
{
    /// <exception cref="OperationCanceledException">Updates are missing.</exception>
    public static void ThrowIfUnfinished(int step, int steps, CancellationToken cancellation)
    {
        if (step < steps)
        {
            throw new OperationCanceledException(
                $"stopped after update {step} of {steps}; the same command goes on from there", cancellation);
        }
    }
}
