namespace Alignment.Models.Tokenization.Pipeline;

/// <summary>What becomes of the matches of a splitting pattern.</summary>
internal enum SplitBehavior
{
    /// <summary>A piece of their own.</summary>
    Isolated,

    /// <summary>Dropped.</summary>
    Removed,

    /// <summary>The end of the piece before them.</summary>
    MergedWithPrevious,

    /// <summary>The beginning of the piece after them.</summary>
    MergedWithNext,

    /// <summary>A piece of their own, adjacent ones together.</summary>
    Contiguous,

    /// <summary>The only pieces.</summary>
    MatchesOnly,
}
