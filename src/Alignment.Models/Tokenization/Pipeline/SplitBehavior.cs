namespace Alignment.Models.Tokenization.Pipeline;

/// <summary>What becomes of the matches of a splitting pattern.</summary>
internal enum SplitBehavior
{
    /// <summary>A piece of their own.</summary>
    Isolated,

    /// <summary>Dropped.</summary>
    Removed,

    /// <summary>The end of the piece before them, unless that is a match.</summary>
    MergedWithPrevious,

    /// <summary>The beginning of the piece after them, unless that is a match.</summary>
    MergedWithNext,

    /// <summary>A piece of their own, adjacent ones together.</summary>
    Contiguous,
}
