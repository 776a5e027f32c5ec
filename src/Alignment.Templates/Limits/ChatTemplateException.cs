namespace Alignment.Templates.Limits;

/// <summary>A template that cannot be parsed, that refuses its messages (<c>raise_exception</c>) or that exceeds its limits.</summary>
public sealed class ChatTemplateException(string message) : Exception(message)
{
    internal static ChatTemplateException At(int line, string message) => new($"chat template, line {line}: {message}");
}
