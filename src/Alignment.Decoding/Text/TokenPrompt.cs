namespace Alignment.Decoding.Text;

/// <summary>Token ids, taken as they are.</summary>
/// <param name="Tokens">The ids.</param>
public sealed record TokenPrompt(IReadOnlyList<int> Tokens) : Prompt;
