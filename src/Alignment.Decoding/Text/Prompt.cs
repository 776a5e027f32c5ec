namespace Alignment.Decoding.Text;

/// <summary>What to continue: <see cref="ChatPrompt"/>, <see cref="TextPrompt"/> or <see cref="TokenPrompt"/>.</summary>
public abstract record Prompt;
