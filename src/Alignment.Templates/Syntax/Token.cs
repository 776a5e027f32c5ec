using Alignment.Templates.Limits;

namespace Alignment.Templates.Syntax;

/// <param name="Kind">what it is</param>
/// <param name="Text">its text; a string literal's value, with escapes resolved</param>
/// <param name="Line">the line it starts on, from 1</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    private const int MaxShown = 60;

    /// <summary>The refusal of a name that means nothing here.</summary>
    public ChatTemplateException Unknown(string kind) =>
        ChatTemplateException.At(Line, $"there is no {kind} '{(Text.Length > MaxShown ? $"{Text[..MaxShown]}..." : Text)}'");

    public bool Is(string text) => Kind is TokenKind.Operator or TokenKind.Name && Text == text;
}
