namespace Alignment.Models.ChatTemplates.Syntax;

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
