namespace Alignment.Models.Tokenization;

/// <summary>
/// A text that the tokenizer cannot cut within its limits: an expression of its <c>tokenizer.json</c> takes too many steps on it.
/// </summary>
public sealed class TokenizerException(string message) : Exception(message);
