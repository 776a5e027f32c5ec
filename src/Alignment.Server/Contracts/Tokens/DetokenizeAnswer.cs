namespace Alignment.Server.Contracts.Tokens;

/// <summary>Answer of POST /detokenize.</summary>
/// <param name="Prompt">The text, control tokens included.</param>
internal sealed record DetokenizeAnswer(string Prompt);
