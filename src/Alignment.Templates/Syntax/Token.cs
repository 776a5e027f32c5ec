using Alignment.Templates.Expressions;
using Alignment.Templates.Statements;

namespace Alignment.Templates.Syntax;

/// <param name="Kind">what it is</param>
/// <param name="Text">its text; a string literal's value, with escapes resolved</param>
/// <param name="Line">the line it starts on, from 1</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    public bool Is(string text) => Kind is TokenKind.Operator or TokenKind.Name && Text == text;
}
