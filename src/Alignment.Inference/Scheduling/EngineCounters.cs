namespace Alignment.Inference.Scheduling;

/// <summary>Written by the engine's thread only; others read single numbers, which are whole at any moment.</summary>
internal sealed class EngineCounters
{
    public long Passes { get; set; }

    public long ForwardTokens { get; set; }

    public long ChosenTokens { get; set; }

    public long ReusedTokens { get; set; }

    public long Preemptions { get; set; }

    public long Cancelled { get; set; }

    public long Completed { get; set; }
}
