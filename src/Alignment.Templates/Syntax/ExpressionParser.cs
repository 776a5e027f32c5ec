using System.Globalization;
using System.Text;
using Alignment.Templates.Expressions;
using Alignment.Templates.Library;
using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Statements;
using Alignment.Templates.Values;

namespace Alignment.Templates.Syntax;

/// <summary>Recursive descent over Jinja's expression grammar; one method a level of precedence, loosest first.</summary>
internal sealed class ExpressionParser(TokenReader reader)
{
    private const int MaxDigits = 1200;

    private static readonly string[] s_comparisons = ["==", "!=", "<=", ">=", "<", ">"];
    private static readonly string[] s_sums = ["+", "-"];
    private static readonly string[] s_concatenations = ["~"];
    private static readonly string[] s_products = ["*", "/", "//", "%"];
    private static readonly string[] s_powers = ["**"];

    private readonly List<ChatTemplateException> _unknown = [];

    /// <summary>The names that have been read since this was last cleared, of those that a macro has without parameters.</summary>
    public HashSet<string> MacroNames { get; } = [];

    /// <summary>Refusals of filters and tests that do not exist, so far.</summary>
    public int UnknownCount => _unknown.Count;

    public Expression Parse() => reader.Nested(ParseConditional);

    /// <summary>
    /// Forgets all refusals but the first: as in the original, what stands under a condition may never be run, and is refused when it is.
    /// </summary>
    public void Forgive(int known) => _unknown.RemoveRange(known, _unknown.Count - known);

    /// <exception cref="ChatTemplateException">A filter or test that does not exist is used without a condition.</exception>
    public void ThrowIfUnknown()
    {
        if (_unknown.Count > 0)
        {
            throw _unknown[0];
        }
    }

    /// <summary>An expression, or several with commas between them: a tuple.</summary>
    public Expression ParseTuple() => Tuple(Parse);

    /// <summary>What can be assigned to: names (so that <c>in</c> ends it) and attributes, alone or as a tuple.</summary>
    public Expression ParseTarget() => Tuple(() => reader.Nested(ParsePostfixed));

    /// <summary>A single name, as <c>with</c> assigns to.</summary>
    public Expression ParseName() => new Name(reader.Expect(TokenKind.Name, "a name").Text);

    /// <summary>A condition without a trailing <c>if</c>, as the iterable of <c>for x in items if test</c>.</summary>
    public Expression ParseIterable() => Tuple(() => reader.Nested(ParseOr));

    public ArgumentList ParseArguments()
    {
        List<(Expression, bool)> positional = [];
        List<(string, Expression)> named = [];
        Expression? namedSpread = null;
        reader.Expect("(");
        while (!reader.Accept(")"))
        {
            if (reader.Accept("**"))
            {
                namedSpread = namedSpread is null ? Parse() : throw reader.Unexpected("one ** at most");
            }
            else if (reader.Current.Kind == TokenKind.Name && reader.Following.Is("="))
            {
                named.Add(ParseNamed());
            }
            else
            {
                bool spread = reader.Accept("*");
                positional.Add(named.Count == 0 && namedSpread is null ? (Parse(), spread) : throw reader.Unexpected("a named argument"));
            }

            if (!reader.Current.Is(")"))
            {
                reader.Expect(",");
            }
        }

        return positional.Count == 0 && named.Count == 0 && namedSpread is null
            ? ArgumentList.Empty
            : new ArgumentList(positional, named, namedSpread);
    }

    /// <summary>Filters without a value, one behind another: <c>upper | replace("A", "B")</c>.</summary>
    public List<(string Name, ArgumentList Arguments)> ParseFilterChain()
    {
        List<(string, ArgumentList)> filters = [];
        do
        {
            filters.Add(ParseFilterCall());
        }
        while (reader.Accept("|"));
        return filters;
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

    private (string, Expression) ParseNamed()
    {
        string name = reader.Next().Text;
        reader.Expect("=");
        return (name, Parse());
    }

    private Expression ParseConditional()
    {
        int known = _unknown.Count;
        Expression value = ParseOr();
        while (reader.Accept("if"))
        {
            Expression condition = ParseOr();
            Expression? otherwise = reader.Accept("else") ? reader.Nested(ParseConditional) : null;
            value = new Conditional(condition, value, otherwise);
            Forgive(known);
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

    private Expression ParseSum() => ParseBinary(ParseConcatenation, s_sums);

    private Expression ParseConcatenation() => ParseBinary(ParseProduct, s_concatenations);

    private Expression ParseProduct() => ParseBinary(ParsePower, s_products);

    private Expression ParsePower() => ParseBinary(ParseUnary, s_powers);

    private Expression ParseBinary(Func<Expression> parseOperand, string[] symbols)
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

        return reader.Accept("+") ? new Positive(reader.Nested(ParseSigned)) : ParsePostfixed();
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
        (string name, ArgumentList arguments) = ParseFilterCall();
        return new FilterUse(value, name, arguments);
    }

    /// <summary>
    /// A filter's name and arguments. What it names, and what filters over sequences are told to apply, must exist.
    /// </summary>
    private (string Name, ArgumentList Arguments) ParseFilterCall()
    {
        Token token = reader.Expect(TokenKind.Name, "a filter");
        Require(token.Text, Filters.Exists, token, "filter");
        ArgumentList arguments = reader.Current.Is("(") ? ParseArguments() : ArgumentList.Empty;
        switch (token.Text)
        {
            case "map":
                Require(arguments.StringAt(0), Filters.Exists, token, "filter");
                break;
            case "select" or "reject":
                Require(arguments.StringAt(0), Tests.Exists, token, "test");
                break;
            case "selectattr" or "rejectattr":
                Require(arguments.StringAt(1), Tests.Exists, token, "test");
                break;
        }

        return (token.Text, arguments);
    }

    private void Require(string? name, Predicate<string> exists, Token at, string kind)
    {
        if (name is not null && !exists(name))
        {
            _unknown.Add((at with { Text = name }).Unknown(kind));
        }
    }

    private Expression ParseTest(Expression value)
    {
        bool negated = reader.Accept("not");
        Token token = reader.Expect(TokenKind.Name, "a test");
        Require(token.Text, Tests.Exists, token, "test");
        ArgumentList arguments = ArgumentList.Empty;
        if (reader.Current.Is("("))
        {
            arguments = ParseArguments();
        }
        else if (StartsTestArgument())
        {
            arguments = new ArgumentList([(ParsePostfixed(), false)], [], null);
        }

        var test = new TestUse(value, token.Text, arguments);
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
                return Constant(token.Text) is { } constant ? constant : Read(token.Text);
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

    private Name Read(string name)
    {
        if (name is "varargs" or "kwargs")
        {
            MacroNames.Add(name);
        }

        return new Name(name);
    }

    /// <summary>Strings side by side are one string, as in Python.</summary>
    private Literal ParseStrings()
    {
        string first = reader.Next().Text;
        if (reader.Current.Kind != TokenKind.String)
        {
            return new Literal(TemplateText.Template(first));
        }

        var text = new StringBuilder(first);
        while (reader.Current.Kind == TokenKind.String)
        {
            text.Append(reader.Next().Text);
        }

        return new Literal(TemplateText.Template(text.ToString()));
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

    private static Literal Integer(Token token)
    {
        int radix = token.Text.Length < 2 ? 10 : token.Text[1] switch { 'x' or 'X' => 16, 'o' or 'O' => 8, 'b' or 'B' => 2, _ => 10 };
        return token.Text.Length <= MaxDigits && Numbers.Parse(token.Text, radix) is { } value
            ? new Literal(value)
            : throw ChatTemplateException.At(
                token.Line, $"an integer is too large or not one: {token.Text[..Math.Min(token.Text.Length, 20)]}");
    }

    private static Literal? Constant(string name) => name switch
    {
        "true" or "True" => new Literal(true),
        "false" or "False" => new Literal(false),
        "none" or "None" => new Literal(null),
        _ => null,
    };
}
