using Alignment.Models.ChatTemplates.Expressions;
using Alignment.Models.ChatTemplates.Statements;

namespace Alignment.Models.ChatTemplates.Syntax;

/// <summary>Builds the statements of a template. Tags that reach outside it (<c>include</c>, <c>import</c>, <c>extends</c>) do not exist here.</summary>
internal sealed class TemplateParser
{
    private const int MaxSourceLength = 1 << 20;

    private readonly TokenReader _reader;
    private readonly ExpressionParser _expressions;
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
        return parser._reader.Current.Kind == TokenKind.End ? body : throw parser._reader.Unexpected("the end of the template");
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
            "break" when _loops > 0 => ParseJump(Flow.Break),
            "continue" when _loops > 0 => ParseJump(Flow.Continue),
            "break" or "continue" => throw ChatTemplateException.At(tag.Line, $"'{tag.Text}' stands outside a loop"),
            _ => throw ChatTemplateException.At(tag.Line, $"there is no tag '{tag.Text}'"),
        };
    }

    private If ParseIf()
    {
        List<(Expression, Block)> branches = [];
        do
        {
            Expression condition = _expressions.ParseTuple();
            EndTag();
            branches.Add((condition, ParseBlock("elif", "else", "endif")));
        }
        while (_reader.Accept("elif"));

        Block? otherwise = ParseElse("endif");
        Close("endif");
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

        EndTag();
        return new BlockAssignment(target, ParseBody("endset"));
    }

    private Macro ParseMacro()
    {
        string name = _reader.Expect(TokenKind.Name, "the name of a macro").Text;
        List<Parameter> parameters = ParseParameters();
        EndTag();
        return new Macro(name, parameters, ParseBody("endmacro"));
    }

    private CallBlock ParseCall()
    {
        List<Parameter> parameters = _reader.Current.Is("(") ? ParseParameters() : [];
        Call call = _expressions.Parse() as Call ?? throw _reader.Unexpected("the call of a macro");
        EndTag();
        return new CallBlock(parameters, call, ParseBody("endcall"));
    }

    private FilteredBlock ParseFilter()
    {
        string name = _reader.Expect(TokenKind.Name, "a filter").Text;
        ArgumentList arguments = _reader.Current.Is("(") ? _expressions.ParseArguments() : new ArgumentList();
        EndTag();
        return new FilteredBlock(ParseBody("endfilter"), name, arguments);
    }

    private FilteredBlock ParseGeneration()
    {
        EndTag();
        return new FilteredBlock(ParseBody("endgeneration"), null, new ArgumentList());
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
