namespace Alignment.Templates;

/// <summary>A conversation as its template writes it, and who wrote what.</summary>
/// <param name="Text">the whole text</param>
/// <param name="ClientText">the stretches that a client wrote, in order, none empty and none touching the next; the rest is the
/// template's</param>
public sealed record RenderedPrompt(string Text, IReadOnlyList<Range> ClientText);
