namespace Alignment.Decoding.Text;

/// <summary>Raw text without a template; special-token text in it is read as special tokens.</summary>
/// <param name="Text">The text.</param>
public sealed record TextPrompt(string Text) : Prompt;
