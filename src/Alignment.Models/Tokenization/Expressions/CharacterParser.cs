namespace Alignment.Models.Tokenization.Expressions;

/// <summary>
/// Reads what stands for one character: escapes, properties and bracketed classes, which may nest, intersect and be negated.
/// </summary>
internal sealed class CharacterParser(PatternReader reader)
{
    private const int MaxDepth = 16;

    /// <summary>What a backslash outside brackets begins, where it is a set or a character.</summary>
    public CodePointSet ReadEscape() => ReadSet(NamedSets.BareWord) ?? CodePointSet.OfPoints(ReadCharacterEscape());

    /// <summary>A class behind its opening bracket.</summary>
    public CodePointSet ReadClass(bool ignoresCase, int depth = 0)
    {
        if (depth > MaxDepth)
        {
            throw reader.Problem("brackets nest too deeply");
        }

        bool isNegative = reader.Take("^");
        CodePointSet set = ReadUnion(ignoresCase, depth);
        while (reader.Take("&&"))
        {
            set = set.Intersect(ReadUnion(ignoresCase, depth));
        }

        if (!reader.Take("]"))
        {
            throw reader.Problem("']' is missing");
        }

        set = isNegative ? set.Complement() : set;
        return isNegative && set.IsEmpty ? throw reader.Problem("a class leaves no character") : set;
    }

    private CodePointSet ReadUnion(bool ignoresCase, int depth)
    {
        var set = CodePointSet.Of();
        bool isFirst = true;
        for (; !reader.Sees("]") && !reader.Sees("&&"); isFirst = false)
        {
            set = set.Union(ReadItem(isFirst, ignoresCase, depth));
        }

        if (isFirst)
        {
            throw reader.Problem("a class or a part of it is empty");
        }

        return ignoresCase ? CloseOverCase(set) : set;
    }

    private CodePointSet ReadItem(bool isFirst, bool ignoresCase, int depth)
    {
        if (reader.Take("[:"))
        {
            return ReadPosix();
        }

        if (reader.Take("["))
        {
            return ReadClass(ignoresCase, depth + 1);
        }

        if (reader.Take("\\"))
        {
            return ReadSet(NamedSets.Word) ?? ReadRange(reader.Take("b") ? '\b' : ReadCharacterEscape());
        }

        int point = reader.TakePoint();
        if (point == '-' && !isFirst && !reader.Sees("]"))
        {
            throw reader.Problem("'-' between sets must be escaped");
        }

        return ReadRange(point);
    }

    private CodePointSet ReadRange(int first)
    {
        if (!reader.Sees("-") || reader.Sees("-]"))
        {
            return CodePointSet.OfPoints(first);
        }

        reader.Take("-");
        int last = reader.Take("\\") ? ReadCharacterEscape() : reader.TakePoint();
        return last >= first && last != '['
            ? CodePointSet.Of((first, last))
            : throw reader.Problem("a range ends before it begins, or with a class");
    }

    private CodePointSet ReadPosix()
    {
        bool isNegative = reader.Take("^");
        string name = reader.TakeUntil(":]");
        CodePointSet set = NamedSets.Posix(name) ?? throw reader.Problem($"the class [:{name}:] is not supported");
        return isNegative ? set.Complement() : set;
    }

    /// <summary>The set behind a backslash, or null where it is no set.</summary>
    private CodePointSet? ReadSet(CodePointSet word)
    {
        switch (reader.Next)
        {
            case 'p' or 'P':
                return ReadProperty(reader.TakePoint() == 'P');
            case 'd' or 'D' or 's' or 'S' or 'w' or 'W' or 'h' or 'H':
                char letter = (char)reader.TakePoint();
                CodePointSet set = char.ToLowerInvariant(letter) switch
                {
                    'd' => NamedSets.Digit,
                    's' => NamedSets.Space,
                    'w' => word,
                    _ => NamedSets.HexDigit,
                };
                return char.IsAsciiLetterUpper(letter) ? set.Complement() : set;
            default:
                return null;
        }
    }

    private CodePointSet ReadProperty(bool isNegative)
    {
        if (!reader.Take("{"))
        {
            throw reader.Problem("\\p without braces is not supported");
        }

        isNegative ^= reader.Take("^");
        string name = reader.TakeUntil("}");
        CodePointSet set = NamedSets.Property(name) ?? throw reader.Problem($"the property {{{name}}} is not supported");
        return isNegative ? set.Complement() : set;
    }

    private int ReadCharacterEscape()
    {
        int point = reader.TakePoint();
        return point switch
        {
            't' => '\t',
            'n' => '\n',
            'v' => '\v',
            'f' => '\f',
            'r' => '\r',
            'a' => '\a',
            'e' => 0x1B,
            'u' => reader.TakeHex(4, 4),
            'x' => ReadHex(),
            < 0x80 when char.IsAsciiLetterOrDigit((char)point) => throw reader.Problem($"\\{(char)point} is not supported"),
            _ => point,
        };
    }

    private int ReadHex()
    {
        if (!reader.Take("{"))
        {
            int value = reader.TakeHex(1, 2);
            return value < 0x80 ? value : throw reader.Problem("a byte that is no character is not supported");
        }

        int point = reader.TakeHex(1, 8);
        return reader.Take("}") ? point : throw reader.Problem("'}' is missing");
    }

    /// <summary>
    /// A set with the other case of its letters. Beyond ASCII some letters equal several others together, which no set can say, so they
    /// are refused.
    /// </summary>
    public CodePointSet CloseOverCase(CodePointSet set)
    {
        if (!set.Intersect(NamedSets.Cased).Except(CodePointSet.Of((0, 0x7F))).IsEmpty)
        {
            throw reader.Problem("letters beyond ASCII are not supported where case is ignored");
        }

        return set.Union(CodePointSet.OfPoints(Enumerable.Range('A', 26).SelectMany(upper => OtherCases(set, upper, upper + ('a' - 'A')))));
    }

    /// <summary>The long s and the Kelvin sign are letters of ASCII in another case.</summary>
    private static int[] OtherCases(CodePointSet set, int upper, int lower) => upper switch
    {
        _ when !set.Contains(upper) && !set.Contains(lower) => [],
        'S' => [upper, lower, 0x17F],
        'K' => [upper, lower, 0x212A],
        _ => [upper, lower],
    };
}
