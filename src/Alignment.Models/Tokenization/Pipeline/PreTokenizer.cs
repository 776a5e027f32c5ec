namespace Alignment.Models.Tokenization.Pipeline;

/// <summary>Cuts a piece of text into smaller ones that the model then encodes one by one.</summary>
/// <param name="text">Never empty.</param>
/// <param name="isStart">Whether the piece begins the whole text.</param>
internal delegate IEnumerable<string> PreTokenizer(string text, bool isStart);
