namespace Alignment.Inference;

/// <summary>Counters since the start and gauges of now; a snapshot that may be one pass old.</summary>
public readonly record struct EngineStatistics
{
    /// <summary>Sessions that run.</summary>
    public int Running { get; init; }

    /// <summary>Sessions that wait.</summary>
    public int Queued { get; init; }

    /// <summary>Sequences that wait for the next pass.</summary>
    public int WaitingSequences { get; init; }

    /// <summary>Pages in all, of every lane.</summary>
    public int Pages { get; init; }

    /// <summary>Pages that nobody uses.</summary>
    public int FreePages { get; init; }

    /// <summary>Pages that the prefix cache holds; given up when others need them.</summary>
    public int CachedPages { get; init; }

    /// <summary>Forward passes.</summary>
    public long Passes { get; init; }

    /// <summary>Passes that would have answered nobody and ended between two layers, for somebody who came; in no other count.</summary>
    public long PassesGivenUp { get; init; }

    /// <summary>Tokens that the passes computed, shadow rows of adapters included.</summary>
    public long ForwardTokens { get; init; }

    /// <summary>Of these, tokens that were computed before and lost their pages: the waste of preemption.</summary>
    public long RecomputedTokens { get; init; }

    /// <summary>Tokens chosen.</summary>
    public long ChosenTokens { get; init; }

    /// <summary>Tokens that the prefix cache saved.</summary>
    public long ReusedTokens { get; init; }

    /// <summary>Times that a sequence lost its pages to a session that comes before its own.</summary>
    public long Preemptions { get; init; }

    /// <summary>Sessions that ended by being cancelled.</summary>
    public long Cancelled { get; init; }

    /// <summary>Sessions whose program returned its result.</summary>
    public long Completed { get; init; }

    /// <summary>Sessions whose program threw, or that were refused memory.</summary>
    public long Failed { get; init; }

    /// <summary>Sessions refused because the queue was full, and waits that the device had no memory for.</summary>
    public long Refused { get; init; }
}
