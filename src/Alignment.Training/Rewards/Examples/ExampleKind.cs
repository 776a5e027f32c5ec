namespace Alignment.Training.Rewards.Examples;

/// <summary>What an objective learns from.</summary>
public enum ExampleKind
{
    /// <summary>Pairs of responses, one preferred.</summary>
    Pairs,

    /// <summary>The same, each by one user: a pair that several judged comes several times, by each in their own order.</summary>
    PairsByUser,

    /// <summary>Responses under a thumb.</summary>
    Thumbs,

    /// <summary>Responses with ratings by attribute.</summary>
    Ratings,
}
