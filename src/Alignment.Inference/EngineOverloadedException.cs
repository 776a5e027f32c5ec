namespace Alignment.Inference;

/// <summary>There is no room at present; try again after a while.</summary>
/// <param name="what">What is full: "queue" or "memory".</param>
/// <param name="retryAfter">When there will probably be room.</param>
public sealed class EngineOverloadedException(string what, TimeSpan retryAfter) : Exception($"The {what} is full; try again later.")
{
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(1);

    /// <summary>What is full.</summary>
    public string What { get; } = what;

    /// <summary>A time after which there is probably room.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;

    internal static EngineOverloadedException Of(string what) => new(what, s_retryAfter);
}
