namespace Alignment.Decoding.Requests;

/// <summary>What rewards that only watch say of a request's responses.</summary>
/// <param name="Scores">Of each reward that did not act in this request; none where it was skipped.</param>
/// <param name="ForwardTokens">Rows that scoring cost; the request is not charged for them.</param>
/// <param name="Skipped">
/// Why nothing was scored: one of <see cref="Busy"/>, <see cref="NoRoom"/> and <see cref="Failed"/>; null: it was.
/// </param>
public sealed record ShadowReport(IReadOnlyList<ShadowScore> Scores, long ForwardTokens, string? Skipped = null)
{
    /// <summary>Others waited for the engine, or the last responses were still being scored.</summary>
    public const string Busy = "busy";

    /// <summary>The responses and what closes a turn do not fit into the context, or into the cache.</summary>
    public const string NoRoom = "no_room";

    /// <summary>A reward failed, or the engine stopped.</summary>
    public const string Failed = "failed";
}

/// <summary>One reward.</summary>
/// <param name="Reward">Its name.</param>
/// <param name="Values">Its value of each response that was returned, by choice.</param>
/// <param name="SameBest">
/// Where rewards chose: whether this one likes the same candidate best as those that acted did. Null where nothing was chosen.
/// </param>
public sealed record ShadowScore(string Reward, IReadOnlyList<double> Values, bool? SameBest);
