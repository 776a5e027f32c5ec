namespace Alignment.Inference.Scheduling;

/// <summary>
/// Written by the engine's thread only, unless it says otherwise; others read single numbers, which are whole at any moment.
/// </summary>
internal sealed class EngineCounters
{
    private long _refused;

    public long Passes { get; set; }

    public long PassesGivenUp { get; set; }

    public long ForwardTokens { get; set; }

    /// <summary>Of these, tokens whose pages had been lost.</summary>
    public long RecomputedTokens { get; set; }

    public long ChosenTokens { get; set; }

    public long ReusedTokens { get; set; }

    public long Preemptions { get; set; }

    public long Cancelled { get; set; }

    public long Completed { get; set; }

    public long Failed { get; set; }

    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Any thread may refuse.</summary>
    public void AddRefused() => Interlocked.Increment(ref _refused);
}
