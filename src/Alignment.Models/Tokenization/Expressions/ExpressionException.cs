namespace Alignment.Models.Tokenization.Expressions;

/// <summary>An expression that cannot be read, that means what is not supported here, or that needs too many steps for a text.</summary>
public sealed class ExpressionException(string message) : Exception(message);
