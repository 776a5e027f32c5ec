using Alignment.Templates.Expressions;
using Alignment.Templates.Statements;

namespace Alignment.Templates.Syntax;

internal enum TokenKind
{
    Text,
    OutputBegin,
    OutputEnd,
    TagBegin,
    TagEnd,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}
