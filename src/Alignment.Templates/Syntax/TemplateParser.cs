using Alignment.Templates.Expressions;
using Alignment.Templates.Limits;
using Alignment.Templates.Statements;

namespace Alignment.Templates.Syntax;

/// <summary>
/// Builds the statements of a template. Tags that reach outside it (<c>include</c>, <c>import</c>, <c>extends</c>) do not exist here.
/// </summary>
internal sealed class TemplateParser
{
    private const int MaxSourceLength = 1 << 18;

    private readonly TokenReader _reader;
    private readonly ExpressionParser _expressions;
    private readonly HashSet<string> _blocks = [];
    private int _loops;

    private TemplateParser(List<Token> tokens)
    {
        _reader = new TokenReader(tokens);
        _expressions = new ExpressionParser(_reader);
    }

    public static Block Parse(string source)
    {
        if (source.Length > MaxSourceLength)
        {
            throw new ChatTemplateException($"chat template: it is longer than {MaxSourceLength} characters");
        }

        var parser = new TemplateParser(Lexer.Tokenize(source));
        Block body = parser.ParseBlock();
        if (parser._reader.Current.Kind != TokenKind.End)
        {
            throw parser._reader.Unexpected("the end of the template");
        }

        parser._expressions.ThrowIfUnknown();
        return body;
    }

    /// <summary>Statements up to one of the tags <paramref name="ends"/> (whose name stays current) or the end of the template.</summary>
    private Block ParseBlock(params string[] ends) => _reader.Nested(() =>
    {
        List<Statement> statements = [];
        while (_reader.Current.Kind != TokenKind.End)
        {
            if (_reader.Current.Kind == TokenKind.TagBegin)
            {
                if (ends.Contains(_reader.Following.Text))
                {
                    _reader.Next();
                    return new Block(statements);
                }

                _reader.Next();
                statements.Add(ParseTag());
            }
            else
            {
                statements.Add(ParseOutput());
            }
        }

        return ends.Length == 0 ? new Block(statements) : throw _reader.Unexpected($"'{ends[^1]}'");
    });

    private Statement ParseOutput()
    {
        if (_reader.Current.Kind == TokenKind.Text)
        {
            return new Text(_reader.Next().Text);
        }

        _reader.Expect(TokenKind.OutputBegin, "'{{'");
        Expression value = _expressions.ParseTuple();
        _reader.Expect(TokenKind.OutputEnd, "'}}'");
        return new Print(value);
    }

    private Statement ParseTag()
    {
        Token tag = _reader.Expect(TokenKind.Name, "the name of a tag");
        return tag.Text switch
        {
            "if" => ParseIf(),
            "for" => ParseFor(),
            "set" => ParseSet(),
            "macro" => ParseMacro(),
            "call" => ParseCall(),
            "filter" => ParseFilter(),
            "generation" => ParseGeneration(),
            "with" => ParseWith(),
            "block" => ParseNamedBlock(),
            "break" when _loops > 0 => ParseJump(Flow.Break),
            "continue" when _loops > 0 => ParseJump(Flow.Continue),
            "break" or "continue" => throw ChatTemplateException.At(tag.Line, $"'{tag.Text}' stands outside a loop"),
            _ => throw ChatTemplateException.At(tag.Line, $"there is no tag '{tag.Text}'"),
        };
    }

    private If ParseIf()
    {
        List<(Expression, Block)> branches = [];
        int known = _expressions.UnknownCount;
        do
        {
            Expression condition = _expressions.ParseTuple();
            EndTag();
            branches.Add((condition, ParseBlock("elif", "else", "endif")));
        }
        while (_reader.Accept("elif"));

        Block? otherwise = ParseElse("endif");
        Close("endif");
        _expressions.Forgive(known);
        return new If(branches, otherwise);
    }

    private For ParseFor()
    {
        Expression target = _expressions.ParseTarget();
        _reader.Expect("in");
        Expression items = _expressions.ParseIterable();
        Expression? condition = _reader.Accept("if") ? _expressions.Parse() : null;
        bool recursive = _reader.Accept("recursive");
        EndTag();
        _loops++;
        Block body = ParseBlock("else", "endfor");
        _loops--;
        Block? otherwise = ParseElse("endfor");
        Close("endfor");
        return new For(target, items, condition, body, otherwise, recursive);
    }

    private Block? ParseElse(string end)
    {
        if (!_reader.Accept("else"))
        {
            return null;
        }

        EndTag();
        return ParseBlock(end);
    }

    private Statement ParseSet()
    {
        Expression target = _expressions.ParseTarget();
        if (_reader.Accept("="))
        {
            Expression value = _expressions.ParseTuple();
            EndTag();
            return new Assignment(target, value);
        }

        List<(string, ArgumentList)> filters = _reader.Accept("|") ? _expressions.ParseFilterChain() : [];
        EndTag();
        return new BlockAssignment(target, new FilteredBlock(ParseBody("endset"), filters));
    }

    private Macro ParseMacro()
    {
        string name = _reader.Expect(TokenKind.Name, "the name of a macro").Text;
        List<Parameter> parameters = ParseParameters();
        EndTag();
        return new Macro(ParseCallable(name, parameters, "endmacro"));
    }

    private CallBlock ParseCall()
    {
        List<Parameter> parameters = _reader.Current.Is("(") ? ParseParameters() : [];
        Call call = _expressions.Parse() as Call ?? throw _reader.Unexpected("the call of a macro");
        EndTag();
        return new CallBlock(call, ParseCallable("caller", parameters, "endcall"));
    }

    /// <summary>A body and what it takes beside its parameters: that shows in the names it reads.</summary>
    private Callable ParseCallable(string name, List<Parameter> parameters, string end)
    {
        string[] outer = [.. _expressions.MacroNames];
        _expressions.MacroNames.Clear();
        Block body = ParseBody(end);
        var callable = new Callable(
            name, parameters, body, _expressions.MacroNames.Contains("varargs"), _expressions.MacroNames.Contains("kwargs"));
        _expressions.MacroNames.Clear();
        _expressions.MacroNames.UnionWith(outer);
        return callable;
    }

    private FilteredBlock ParseFilter()
    {
        List<(string, ArgumentList)> filters = _expressions.ParseFilterChain();
        EndTag();
        return new FilteredBlock(ParseBody("endfilter"), filters);
    }

    private FilteredBlock ParseGeneration()
    {
        EndTag();
        return new FilteredBlock(ParseBody("endgeneration"), []);
    }

    private With ParseWith()
    {
        List<(Expression, Expression)> assignments = [];
        while (_reader.Current.Kind != TokenKind.TagEnd)
        {
            if (assignments.Count > 0)
            {
                _reader.Expect(",");
            }

            Expression target = _expressions.ParseName();
            _reader.Expect("=");
            assignments.Add((target, _expressions.Parse()));
        }

        EndTag();
        Block body = ParseBlock("endwith");
        Close("endwith");
        return new With(assignments, body);
    }

    private NamedBlock ParseNamedBlock()
    {
        Token name = _reader.Expect(TokenKind.Name, "the name of a block");
        if (!_blocks.Add(name.Text))
        {
            throw ChatTemplateException.At(name.Line, $"the block '{name.Text}' is defined twice");
        }

        bool scoped = _reader.Accept("scoped");
        EndTag();
        int loops = _loops;
        _loops = 0;
        Block body = ParseBlock("endblock");
        _loops = loops;
        _reader.Expect("endblock");
        _reader.Accept(name.Text);
        EndTag();
        return new NamedBlock(body, scoped);
    }

    private Jump ParseJump(Flow flow)
    {
        EndTag();
        return new Jump(flow);
    }

    private List<Parameter> ParseParameters()
    {
        List<Parameter> parameters = [];
        _reader.Expect("(");
        while (!_reader.Accept(")"))
        {
            string name = _reader.Expect(TokenKind.Name, "a parameter").Text;
            parameters.Add(new Parameter(name, _reader.Accept("=") ? _expressions.Parse() : null));
            if (!_reader.Current.Is(")"))
            {
                _reader.Expect(",");
            }
        }

        return parameters;
    }

    /// <summary>The body of a block that loops outside cannot be left from.</summary>
    private Block ParseBody(string end)
    {
        int loops = _loops;
        _loops = 0;
        Block body = ParseBlock(end);
        _loops = loops;
        Close(end);
        return body;
    }

    private void Close(string end)
    {
        _reader.Expect(end);
        EndTag();
    }

    private void EndTag() => _reader.Expect(TokenKind.TagEnd, "'%}'");
}
