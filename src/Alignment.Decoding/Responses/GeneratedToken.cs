namespace Alignment.Decoding.Responses;

/// <summary>
/// A token with its log-probability under the aligned distribution (after guidance and penalties, before temperature and truncation).
/// </summary>
/// <param name="Id">The token.</param>
/// <param name="Text">Its text; invalid UTF-8 (half a character) reads as U+FFFD.</param>
/// <param name="Bytes">Its bytes.</param>
/// <param name="LogProbability">Natural logarithm; null for the first token of an echoed prompt.</param>
/// <param name="Top">The most probable tokens at this position, best first.</param>
public sealed record GeneratedToken(int Id, string Text, byte[] Bytes, float? LogProbability, IReadOnlyList<TopToken> Top)
{
    /// <summary>
    /// Where its text begins in that of its choice, an echoed prompt included, in UTF-16 code units; of a control token, where it would.
    /// </summary>
    public int Offset { get; init; }
}

/// <summary>One of the most probable tokens at a position.</summary>
/// <param name="Id">The token.</param>
/// <param name="Text">Its text.</param>
/// <param name="Bytes">Its bytes.</param>
/// <param name="LogProbability">Natural logarithm.</param>
public sealed record TopToken(int Id, string Text, byte[] Bytes, float LogProbability);
