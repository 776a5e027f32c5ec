namespace Alignment.Rewards;

/// <summary>
/// Something that scores responses. Implemented by objectives of value heads, and by the tests' doubles; whoever asks awaits all drafts
/// together, so that what one forward pass can score is one pass.
/// </summary>
public interface IReward
{
    /// <summary>As requests name it.</summary>
    string Name { get; }

    /// <summary>Scores responses, each on its own.</summary>
    /// <param name="drafts">The responses.</param>
    /// <returns>[drafts] scores.</returns>
    Task<RewardScore[]> ScoreAsync(IReadOnlyList<RewardDraft> drafts);
}

/// <summary>What a reward says of a response.</summary>
/// <param name="Value">The higher the better.</param>
/// <param name="At">Where a hidden state was read, one of <see cref="ScoredAt"/>; null for a reward that reads none.</param>
public readonly record struct RewardScore(double Value, string? At = null);

/// <summary>
/// The token whose hidden state was scored. Value heads are trained at the end of a turn, and say nothing of other tokens, unless their
/// file says that they were trained at every token.
/// </summary>
public static class ScoredAt
{
    /// <summary>The end of turn that was drawn.</summary>
    public const string EndOfTurn = "end_of_turn";

    /// <summary>An end of turn that was put behind a response which has none: it was cut, or stopped by a text.</summary>
    public const string Closed = "closed";

    /// <summary>The last token of a response that goes on: the head was trained there too, or the model has no end of turn.</summary>
    public const string LastToken = "last_token";
}
