using System.Text;
using Alignment.Templates.Expressions;
using Alignment.Templates.Limits;
using Alignment.Templates.Statements;

namespace Alignment.Templates.Syntax;

/// <summary>
/// Splits a template into text and tokens. White space follows Jinja with <c>trim_blocks</c> (the newline after a tag goes) and
/// <c>lstrip_blocks</c> (indentation before a tag goes); <c>-</c> at a tag's edge removes all white space there, <c>+</c> keeps it.
/// </summary>
internal sealed class Lexer
{
    private static readonly string[] s_operators =
        ["==", "!=", "<=", ">=", "//", "**", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[", "]", "{", "}", ",", ".", ":", "|"];

    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private readonly StringBuilder _literal = new();
    private int _position;
    private int _line = 1;
    private bool _lineStart = true;

    private Lexer(string source) => _source = source;

    public static List<Token> Tokenize(string source)
    {
        string normalized = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var lexer = new Lexer(normalized.EndsWith('\n') ? normalized[..^1] : normalized);
        lexer.Run();
        return lexer._tokens;
    }

    private void Run()
    {
        while (_position < _source.Length)
        {
            int tag = NextTag(_position);
            if (tag < 0)
            {
                Add(TokenKind.Text, _source[_position..]);
                break;
            }

            AddTextBefore(tag);
            Advance(tag);
            ReadTag(_source[tag + 1]);
        }

        Add(TokenKind.End, "");
    }

    private int NextTag(int from)
    {
        for (int at = _source.IndexOf('{', from); at >= 0 && at + 1 < _source.Length; at = _source.IndexOf('{', at + 1))
        {
            if (_source[at + 1] is '{' or '%' or '#')
            {
                return at;
            }
        }

        return -1;
    }

    private void AddTextBefore(int tag)
    {
        string text = _source[_position..tag];
        char sign = Peek(tag + 2);
        if (sign == '-')
        {
            text = text.TrimEnd();
        }
        else if (sign != '+' && _source[tag + 1] != '{')
        {
            text = WithoutIndentation(text);
        }

        if (text.Length > 0)
        {
            Add(TokenKind.Text, text);
        }
    }

    private string WithoutIndentation(string text)
    {
        int lineStart = text.LastIndexOf('\n') + 1;
        bool blank = (lineStart > 0 || _lineStart) && text.AsSpan(lineStart).Trim().IsEmpty;
        return blank ? text[..lineStart] : text;
    }

    private void ReadTag(char kind)
    {
        int line = _line;
        _position += Peek(_position + 2) is '-' or '+' ? 3 : 2;
        switch (kind)
        {
            case '#':
                SkipTo("#}", line, "comment");
                break;
            case '%' when TryReadRaw(line):
                break;
            case '%':
                Add(TokenKind.TagBegin, "{%");
                ReadExpression("%}", line);
                Add(TokenKind.TagEnd, "%}");
                EndTag(trimNewline: true);
                break;
            default:
                Add(TokenKind.OutputBegin, "{{");
                ReadExpression("}}", line);
                Add(TokenKind.OutputEnd, "}}");
                EndTag(trimNewline: false);
                break;
        }
    }

    private void SkipTo(string end, int line, string what)
    {
        int close = _source.IndexOf(end, _position, StringComparison.Ordinal);
        if (close < 0)
        {
            throw ChatTemplateException.At(line, $"the {what} is not closed");
        }

        Advance(close > _position && _source[close - 1] is '-' or '+' ? close - 1 : close);
        EndTag(trimNewline: true);
    }

    private bool TryReadRaw(int line)
    {
        int at = SkipSpace(_position);
        if (!Matches(at, "raw") || IsNamePart(Peek(at + 3)))
        {
            return false;
        }

        Advance(SkipSpace(at + 3));
        EndTag(trimNewline: true);
        for (int tag = _source.IndexOf("{%", _position, StringComparison.Ordinal);
            tag >= 0;
            tag = _source.IndexOf("{%", tag + 2, StringComparison.Ordinal))
        {
            int name = SkipSpace(Peek(tag + 2) is '-' or '+' ? tag + 3 : tag + 2);
            if (Matches(name, "endraw"))
            {
                AddTextBefore(tag);
                Advance(SkipSpace(name + "endraw".Length));
                EndTag(trimNewline: true);
                return true;
            }
        }

        throw ChatTemplateException.At(line, "the raw block is not closed");
    }

    /// <summary>Consumes <c>%}</c>, <c>}}</c> or <c>#}</c> with its sign, and the white space that goes with it.</summary>
    private void EndTag(bool trimNewline)
    {
        char sign = Peek(_position);
        int after = _position + (sign is '-' or '+' ? 3 : 2);
        int end = after;
        if (sign == '-')
        {
            end = SkipSpace(after);
        }
        else if (trimNewline && sign != '+' && Peek(after) == '\n')
        {
            end = after + 1;
        }

        Advance(Math.Min(end, _source.Length));
        _lineStart = end > after && _source[end - 1] == '\n';
    }

    private void ReadExpression(string end, int line)
    {
        int braces = 0;
        while (true)
        {
            Advance(SkipSpace(_position));
            if (_position >= _source.Length)
            {
                throw ChatTemplateException.At(line, $"'{end}' is missing");
            }

            int sign = _source[_position] is '-' or '+' ? 1 : 0;
            if (braces == 0 && Matches(_position + sign, end))
            {
                return;
            }

            ReadToken(ref braces);
        }
    }

    private void ReadToken(ref int braces)
    {
        char c = _source[_position];
        if (c is '"' or '\'')
        {
            ReadString(c);
        }
        else if (char.IsAsciiDigit(c))
        {
            ReadNumber();
        }
        else if (IsNamePart(c))
        {
            ReadWhile(TokenKind.Name, IsNamePart);
        }
        else
        {
            string symbol = Array.Find(s_operators, o => Matches(_position, o))
                ?? throw ChatTemplateException.At(_line, $"unexpected character '{c}'");
            braces += symbol switch { "{" => 1, "}" => -1, _ => 0 };
            Add(TokenKind.Operator, symbol);
            _position += symbol.Length;
        }
    }

    /// <summary>
    /// Digits with underscores; a point with digits behind it or an exponent makes a float, but not behind the point of an attribute.
    /// </summary>
    private void ReadNumber()
    {
        if (Peek(_position) == '0'
            && char.ToLowerInvariant(Peek(_position + 1)) is 'x' or 'o' or 'b'
            && char.IsAsciiHexDigit(Peek(_position + 2)))
        {
            ReadWhile(TokenKind.Integer, IsNamePart);
            return;
        }

        bool isAttribute = _position > 0 && _source[_position - 1] == '.';
        int whole = SkipDigits(_position);
        int end = !isAttribute && Peek(whole) == '.' && char.IsAsciiDigit(Peek(whole + 1)) ? SkipDigits(whole + 1) : whole;
        int sign = Peek(end) is 'e' or 'E' && Peek(end + 1) is '+' or '-' ? 1 : 0;
        if (!isAttribute && Peek(end) is 'e' or 'E' && char.IsAsciiDigit(Peek(end + 1 + sign)))
        {
            end = SkipDigits(end + 1 + sign);
        }

        Add(end == whole ? TokenKind.Integer : TokenKind.Float, _source[_position..end].Replace("_", "", StringComparison.Ordinal));
        _position = end;
    }

    private int SkipDigits(int at)
    {
        while (char.IsAsciiDigit(Peek(at)) || Peek(at) == '_')
        {
            at++;
        }

        return at;
    }

    private void ReadWhile(TokenKind kind, Func<char, bool> belongs)
    {
        int end = _position;
        while (end < _source.Length && belongs(_source[end]))
        {
            end++;
        }

        Add(kind, _source[_position..end]);
        _position = end;
    }

    private void ReadString(char quote)
    {
        int line = _line;
        _literal.Clear();
        int at = _position + 1;
        while (Peek(at) != quote || at >= _source.Length)
        {
            if (at >= _source.Length)
            {
                throw ChatTemplateException.At(line, "the string is not closed");
            }

            at = _source[at] == '\\' ? ReadEscape(at + 1) : Append(at);
        }

        Add(TokenKind.String, _literal.ToString());
        Advance(at + 1);
    }

    private int Append(int at)
    {
        _literal.Append(_source[at]);
        return at + 1;
    }

    private int ReadEscape(int at)
    {
        char c = Peek(at);
        int hexDigits = c switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (hexDigits > 0)
        {
            return ReadCodePoint(at + 1, hexDigits);
        }

        if (c is >= '0' and <= '7')
        {
            return ReadOctal(at);
        }

        if (c == 'N')
        {
            throw ChatTemplateException.At(_line, "names of characters (\\N{...}) are not supported");
        }

        string? text = c switch
        {
            'n' => "\n",
            't' => "\t",
            'r' => "\r",
            'b' => "\b",
            'f' => "\f",
            'v' => "\v",
            'a' => "\a",
            '\\' => "\\",
            '\'' => "'",
            '"' => "\"",
            '\n' => "",
            _ => null,
        };
        _literal.Append(text ?? $"\\{c}");
        return at + 1;
    }

    private int ReadOctal(int at)
    {
        int value = 0;
        int end = at;
        for (; end < at + 3 && Peek(end) is >= '0' and <= '7'; end++)
        {
            value = (value * 8) + Peek(end) - '0';
        }

        _literal.Append((char)value);
        return end;
    }

    private int ReadCodePoint(int at, int digits)
    {
        if (at + digits > _source.Length
            || !int.TryParse(_source.AsSpan(at, digits), System.Globalization.NumberStyles.AllowHexSpecifier, null, out int point)
            || point > 0x10FFFF || point < 0)
        {
            throw ChatTemplateException.At(_line, "the string has an invalid escape");
        }

        _literal.Append(point is >= 0xD800 and <= 0xDFFF ? ((char)point).ToString() : char.ConvertFromUtf32(point));
        return at + digits;
    }

    private void Add(TokenKind kind, string text) => _tokens.Add(new Token(kind, text, _line));

    private void Advance(int to)
    {
        _line += _source.AsSpan(_position, to - _position).Count('\n');
        _position = to;
    }

    private char Peek(int at) => at < _source.Length ? _source[at] : '\0';

    private bool Matches(int at, string text) => string.CompareOrdinal(_source, at, text, 0, text.Length) == 0;

    private int SkipSpace(int at)
    {
        while (at < _source.Length && char.IsWhiteSpace(_source[at]))
        {
            at++;
        }

        return at;
    }

    private static bool IsNamePart(char c) => char.IsLetterOrDigit(c) || c == '_';
}
