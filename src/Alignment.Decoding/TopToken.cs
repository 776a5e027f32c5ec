namespace Alignment.Decoding;

/// <summary>One of the most probable tokens at a position.</summary>
/// <param name="Id">The token.</param>
/// <param name="Text">Its text.</param>
/// <param name="Bytes">Its bytes.</param>
/// <param name="LogProbability">Natural logarithm.</param>
public sealed record TopToken(int Id, string Text, byte[] Bytes, float LogProbability);
