using System.Globalization;
using Alignment.Models.ChatTemplates.Expressions;

namespace Alignment.Models.ChatTemplates.Syntax;

/// <summary>Recursive descent over Jinja's expression grammar; one method a level of precedence, loosest first.</summary>
internal sealed class ExpressionParser(TokenReader reader)
{
    private static readonly string[] s_comparisons = ["==", "!=", "<=", ">=", "<", ">"];

    public Expression Parse() => reader.Nested(ParseConditional);

    /// <summary>An expression, or several with commas between them: a tuple.</summary>
    public Expression ParseTuple() => Tuple(Parse);

    /// <summary>What can be assigned to: names (so that <c>in</c> ends it) and attributes, alone or as a tuple.</summary>
    public Expression ParseTarget() => Tuple(() => reader.Nested(ParsePostfixed));

    /// <summary>A condition without a trailing <c>if</c>, as the iterable of <c>for x in items if test</c>.</summary>
    public Expression ParseIterable() => Tuple(() => reader.Nested(ParseOr));

    public ArgumentList ParseArguments()
    {
        var arguments = new ArgumentList();
        reader.Expect("(");
        while (!reader.Accept(")"))
        {
            ParseArgument(arguments);
            if (!reader.Current.Is(")"))
            {
                reader.Expect(",");
            }
        }

        return arguments;
    }

    private Expression Tuple(Func<Expression> parse)
    {
        Expression first = parse();
        if (!reader.Current.Is(","))
        {
            return first;
        }

        List<Expression> items = [first];
        while (reader.Accept(",") && StartsExpression())
        {
            items.Add(parse());
        }

        return new TupleLiteral(items);
    }

    private bool StartsExpression() =>
        reader.Current.Kind is TokenKind.Name or TokenKind.String or TokenKind.Integer or TokenKind.Float
        || reader.Current.Is("(") || reader.Current.Is("[") || reader.Current.Is("{") || reader.Current.Is("-");

    private void ParseArgument(ArgumentList arguments)
    {
        if (reader.Accept("**"))
        {
            arguments.NamedSpread = Parse();
        }
        else if (reader.Accept("*"))
        {
            arguments.Positional.Add((Parse(), true));
        }
        else if (reader.Current.Kind == TokenKind.Name && reader.Following.Is("="))
        {
            string name = reader.Next().Text;
            reader.Expect("=");
            arguments.Named.Add((name, Parse()));
        }
        else
        {
            arguments.Positional.Add((Parse(), false));
        }
    }

    private Expression ParseConditional()
    {
        Expression value = ParseOr();
        while (reader.Accept("if"))
        {
            Expression condition = ParseOr();
            Expression? otherwise = reader.Accept("else") ? reader.Nested(ParseConditional) : null;
            value = new Conditional(condition, value, otherwise);
        }

        return value;
    }

    private Expression ParseOr()
    {
        Expression left = ParseAnd();
        while (reader.Accept("or"))
        {
            left = new Logical(isAnd: false, left, ParseAnd());
        }

        return left;
    }

    private Expression ParseAnd()
    {
        Expression left = ParseNot();
        while (reader.Accept("and"))
        {
            left = new Logical(isAnd: true, left, ParseNot());
        }

        return left;
    }

    private Expression ParseNot() => reader.Accept("not") ? new Not(reader.Nested(ParseNot)) : ParseComparison();

    private Expression ParseComparison()
    {
        Expression first = ParseSum();
        List<(string, Expression)> rest = [];
        while (AcceptComparison() is { } symbol)
        {
            rest.Add((symbol, ParseSum()));
        }

        return rest.Count == 0 ? first : new Comparison(first, rest);
    }

    private string? AcceptComparison()
    {
        if (reader.Current.Is("not") && reader.Following.Is("in"))
        {
            reader.Next();
            reader.Next();
            return "not in";
        }

        return reader.Accept("in") ? "in" : AcceptAny(s_comparisons);
    }

    private Expression ParseSum() => ParseBinary(ParseConcatenation, "+", "-");

    private Expression ParseConcatenation() => ParseBinary(ParseProduct, "~");

    private Expression ParseProduct() => ParseBinary(ParsePower, "*", "/", "//", "%");

    private Expression ParsePower() => ParseBinary(ParseUnary, "**");

    private Expression ParseBinary(Func<Expression> parseOperand, params string[] symbols)
    {
        Expression left = parseOperand();
        while (AcceptAny(symbols) is { } symbol)
        {
            left = new Binary(symbol, left, parseOperand());
        }

        return left;
    }

    private string? AcceptAny(string[] symbols) =>
        reader.Current.Kind == TokenKind.Operator && symbols.Contains(reader.Current.Text) ? reader.Next().Text : null;

    private Expression ParseUnary() => ParseFilters(ParseSigned());

    private Expression ParseSigned()
    {
        if (reader.Accept("-"))
        {
            return new Negation(reader.Nested(ParseSigned));
        }

        return reader.Accept("+") ? reader.Nested(ParseSigned) : ParsePostfixed();
    }

    private Expression ParseFilters(Expression value)
    {
        while (true)
        {
            if (reader.Accept("|"))
            {
                value = ParseFilter(value);
            }
            else if (reader.Accept("is"))
            {
                value = ParseTest(value);
            }
            else if (reader.Current.Is("("))
            {
                value = new Call(value, ParseArguments());
            }
            else
            {
                return value;
            }
        }
    }

    private FilterUse ParseFilter(Expression value)
    {
        string name = reader.Expect(TokenKind.Name, "a filter").Text;
        return new FilterUse(value, name, reader.Current.Is("(") ? ParseArguments() : new ArgumentList());
    }

    private Expression ParseTest(Expression value)
    {
        bool negated = reader.Accept("not");
        string name = reader.Expect(TokenKind.Name, "a test").Text;
        ArgumentList arguments = new();
        if (reader.Current.Is("("))
        {
            arguments = ParseArguments();
        }
        else if (StartsTestArgument())
        {
            arguments.Positional.Add((ParsePostfixed(), false));
        }

        var test = new TestUse(value, name, arguments);
        return negated ? new Not(test) : test;
    }

    private bool StartsTestArgument() => reader.Current.Kind switch
    {
        TokenKind.String or TokenKind.Integer or TokenKind.Float => true,
        TokenKind.Name => reader.Current.Text is not ("else" or "or" or "and" or "is" or "if" or "in" or "not"),
        _ => reader.Current.Is("[") || reader.Current.Is("{"),
    };

    private Expression ParsePostfixed()
    {
        Expression value = ParsePrimary();
        while (true)
        {
            if (reader.Accept("."))
            {
                Token name = reader.Current.Kind == TokenKind.Integer ? reader.Next() : reader.Expect(TokenKind.Name, "a name");
                value = name.Kind == TokenKind.Integer ? new Element(value, Integer(name)) : new Member(value, name.Text);
            }
            else if (reader.Accept("["))
            {
                value = ParseSubscript(value);
            }
            else if (reader.Current.Is("("))
            {
                value = new Call(value, ParseArguments());
            }
            else
            {
                return value;
            }
        }
    }

    private Expression ParseSubscript(Expression value)
    {
        Expression? start = reader.Current.Is(":") ? null : Parse();
        if (start is not null && reader.Accept("]"))
        {
            return new Element(value, start);
        }

        reader.Expect(":");
        Expression? stop = reader.Current.Is(":") || reader.Current.Is("]") ? null : Parse();
        Expression? step = reader.Accept(":") && !reader.Current.Is("]") ? Parse() : null;
        reader.Expect("]");
        return new Slice(value, start, stop, step);
    }

    private Expression ParsePrimary()
    {
        Token token = reader.Current;
        switch (token.Kind)
        {
            case TokenKind.String:
                return ParseStrings();
            case TokenKind.Integer:
                return Integer(reader.Next());
            case TokenKind.Float:
                return new Literal(double.Parse(reader.Next().Text, CultureInfo.InvariantCulture));
            case TokenKind.Name:
                reader.Next();
                return Constant(token.Text) is { } constant ? constant : new Name(token.Text);
            case TokenKind.Operator when reader.Accept("("):
                return ParseParenthesized();
            case TokenKind.Operator when reader.Accept("["):
                return new ListLiteral(ParseItems("]", Parse));
            case TokenKind.Operator when reader.Accept("{"):
                return new MapLiteral(ParseItems("}", ParseEntry));
            default:
                throw reader.Unexpected("an expression");
        }
    }

    /// <summary>Strings side by side are one string, as in Python.</summary>
    private Literal ParseStrings()
    {
        string text = reader.Next().Text;
        while (reader.Current.Kind == TokenKind.String)
        {
            text += reader.Next().Text;
        }

        return new Literal(text);
    }

    private Expression ParseParenthesized()
    {
        if (reader.Accept(")"))
        {
            return new TupleLiteral([]);
        }

        Expression inside = ParseTuple();
        reader.Expect(")");
        return inside;
    }

    private List<T> ParseItems<T>(string close, Func<T> parse)
    {
        List<T> items = [];
        while (!reader.Accept(close))
        {
            items.Add(parse());
            if (!reader.Current.Is(close))
            {
                reader.Expect(",");
            }
        }

        return items;
    }

    private (Expression, Expression) ParseEntry()
    {
        Expression key = Parse();
        reader.Expect(":");
        return (key, Parse());
    }

    private static Literal Integer(Token token) => long.TryParse(token.Text, CultureInfo.InvariantCulture, out long value)
        ? new Literal(value)
        : throw ChatTemplateException.At(token.Line, $"the integer {token.Text} is too large");

    private static Literal? Constant(string name) => name switch
    {
        "true" or "True" => new Literal(true),
        "false" or "False" => new Literal(false),
        "none" or "None" => new Literal(null),
        _ => null,
    };
}
