using System.Runtime.CompilerServices;
using Alignment.Templates.Limits;
using Alignment.Templates.Statements;

namespace Alignment.Templates.Syntax;

/// <summary>A cursor over the tokens; it also bounds how deep a template may nest, so that no input exhausts the stack.</summary>
internal sealed class TokenReader(List<Token> tokens)
{
    private const int MaxDepth = 128;

    private int _index;
    private int _depth;

    public Token Current => tokens[_index];

    public Token Following => tokens[Math.Min(_index + 1, tokens.Count - 1)];

    public Token Next()
    {
        Token token = tokens[_index];
        _index = Math.Min(_index + 1, tokens.Count - 1);
        return token;
    }

    public bool Accept(string text)
    {
        bool found = Current.Is(text);
        if (found)
        {
            Next();
        }

        return found;
    }

    public void Expect(string text)
    {
        if (!Accept(text))
        {
            throw Unexpected($"'{text}'");
        }
    }

    public Token Expect(TokenKind kind, string what) => Current.Kind == kind ? Next() : throw Unexpected(what);

    public ChatTemplateException Unexpected(string expected)
    {
        string found = Current.Kind switch
        {
            TokenKind.End => "the end of the template",
            TokenKind.Text => "text",
            TokenKind.String => "a string",
            _ => $"'{Current.Text}'",
        };
        return ChatTemplateException.At(Current.Line, $"expected {expected} but found {found}");
    }

    public T Nested<T>(Func<T> parse)
    {
        if (++_depth > MaxDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw ChatTemplateException.At(Current.Line, $"nested deeper than {MaxDepth}");
        }

        T result = parse();
        _depth--;
        return result;
    }
}
