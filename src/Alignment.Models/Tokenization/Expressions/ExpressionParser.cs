namespace Alignment.Models.Tokenization.Expressions;

/// <summary>
/// Reads an expression as Oniguruma does in its own syntax, which is what the original library uses: <c>^</c> and <c>$</c> mean lines,
/// <c>(?m)</c> lets the dot match line feeds, <c>{1,3}+</c> repeats the repetition, brackets nest. What is not read here with the same
/// meaning is refused by name.
/// </summary>
internal sealed class ExpressionParser
{
    private const int MaxDepth = 32;
    private const int MaxCount = 256;
    private const int MaxRows = 64;

    private readonly PatternReader _reader;
    private readonly CharacterParser _characters;

    private ExpressionParser(string pattern)
    {
        _reader = new PatternReader(pattern);
        _characters = new CharacterParser(_reader);
    }

    /// <exception cref="ExpressionException">It cannot be read, or is not supported.</exception>
    public static ExpressionNode Parse(string pattern)
    {
        var parser = new ExpressionParser(pattern);
        ExpressionNode node = parser.ReadChoice(new Flags(false, false), 0);
        return parser._reader.IsAtEnd ? node : throw parser._reader.Problem("')' has no '('");
    }

    private ExpressionNode ReadChoice(Flags flags, int depth)
    {
        if (depth > MaxDepth)
        {
            throw _reader.Problem("groups nest too deeply");
        }

        List<ExpressionNode> parts = [ReadSequence(flags, depth)];
        while (_reader.Take("|"))
        {
            parts.Add(ReadSequence(flags, depth));
        }

        return parts.Count == 1 ? parts[0] : new Choice(parts);
    }

    private Sequence ReadSequence(Flags flags, int depth)
    {
        List<ExpressionNode> parts = [];
        int letter = 0;
        while (!_reader.IsAtEnd && _reader.Next is not ('|' or ')'))
        {
            if (_reader.Take("(?#"))
            {
                _reader.TakeUntil(")");
                continue;
            }

            if (TakeFlags(flags, out Flags changed, out bool isGroup))
            {
                // Flags without a group hold to the end of the group around them, alternatives included.
                ExpressionNode rest = ReadChoice(changed, depth + 1);
                parts.Add(isGroup ? ReadQuantifiers(Closed(rest)) : rest);
                continue;
            }

            int first = _reader.Next;
            ExpressionNode atom = ReadAtom(flags, depth);
            RequireSimpleCase(flags, letter, first);
            letter = first;
            parts.Add(ReadQuantifiers(atom));
        }

        return new Sequence(parts);
    }

    /// <summary>
    /// Where case is ignored, these letters together also mean one character (a ligature, the sharp s, a letter with its mark).
    /// </summary>
    private void RequireSimpleCase(Flags flags, int first, int second)
    {
        bool isLigature = (char.ToLowerInvariant((char)first), char.ToLowerInvariant((char)second)) is ('s', 's' or 't') or (
            'f', 'f' or 'i' or 'l');
        bool isMarked = char.IsAsciiLetter((char)first) && second is 0x307 or 0x30C or 0x331 or 0x308 or 0x30A or 0x2BE;
        bool isLed = first == 0x2BC && second is 'n' or 'N';
        if (flags.IgnoresCase && (isLigature || isMarked || isLed))
        {
            throw _reader.Problem($"'{(char)first}{(char)second}' is not supported where case is ignored");
        }
    }

    private ExpressionNode ReadAtom(Flags flags, int depth)
    {
        if (_reader.Take("("))
        {
            return ReadGroup(flags, depth);
        }

        if (_reader.Take("["))
        {
            return new OneOf(_characters.ReadClass(flags.IgnoresCase));
        }

        if (_reader.Take("\\"))
        {
            return ReadEscape(flags);
        }

        int point = _reader.TakePoint();
        return point switch
        {
            '.' => new OneOf(flags.DotIsAny ? CodePointSet.All : NamedSets.LineFeed.Complement()),
            '^' => new Place(PlaceKind.LineStart),
            '$' => new Place(PlaceKind.LineEnd),
            '*' or '+' or '?' or '{' => throw _reader.Problem($"'{(char)point}' has nothing to repeat"),
            _ => Literal(flags, point),
        };
    }

    private OneOf Literal(Flags flags, int point)
    {
        var set = CodePointSet.OfPoints(point);
        return new OneOf(flags.IgnoresCase ? _characters.CloseOverCase(set) : set);
    }

    private ExpressionNode ReadEscape(Flags flags)
    {
        PlaceKind? place = _reader.Next switch
        {
            'A' => PlaceKind.TextStart,
            'z' => PlaceKind.TextEnd,
            'Z' => PlaceKind.LastLineEnd,
            'b' => PlaceKind.WordEdge,
            'B' => PlaceKind.NoWordEdge,
            _ => null,
        };
        if (place is { } kind)
        {
            _reader.TakePoint();
            return new Place(kind);
        }

        bool isProperty = _reader.Next is 'p' or 'P' or 'd' or 'D' or 's' or 'S' or 'w' or 'W' or 'h' or 'H';
        CodePointSet set = _characters.ReadEscape();
        return new OneOf(flags.IgnoresCase && !isProperty ? _characters.CloseOverCase(set) : set);
    }

    private ExpressionNode ReadGroup(Flags flags, int depth)
    {
        if (_reader.Take("?:"))
        {
            return Closed(ReadChoice(flags, depth + 1));
        }

        if (_reader.Take("?>"))
        {
            return new Atomic(Closed(ReadChoice(flags, depth + 1)));
        }

        foreach ((string opening, bool isNegative) in new[] { ("?=", false), ("?!", true) })
        {
            if (_reader.Take(opening))
            {
                return new LookAhead(Closed(ReadChoice(flags, depth + 1)), isNegative);
            }
        }

        foreach ((string opening, bool isNegative) in new[] { ("?<=", false), ("?<!", true) })
        {
            if (_reader.Take(opening))
            {
                return new LookBehind(Rows(Closed(ReadChoice(flags, depth + 1))), isNegative);
            }
        }

        if (_reader.Take("?<"))
        {
            _reader.TakeUntil(">"); // a name, to which nothing here can refer
        }
        else if (_reader.Next is '?' or '*')
        {
            throw _reader.Problem("this kind of group is not supported");
        }

        return Closed(ReadChoice(flags, depth + 1));
    }

    private ExpressionNode Closed(ExpressionNode node) => _reader.Take(")") ? node : throw _reader.Problem("')' is missing");

    /// <summary>Takes <c>(?im-im)</c> or <c>(?im-im:</c>.</summary>
    private bool TakeFlags(Flags flags, out Flags changed, out bool isGroup)
    {
        (changed, isGroup) = (flags, true);
        if (!_reader.Sees("(?i") && !_reader.Sees("(?m") && !_reader.Sees("(?-"))
        {
            return false;
        }

        _reader.Take("(?");
        for (bool on = true; !_reader.Take(":");)
        {
            if (_reader.Take(")"))
            {
                isGroup = false;
                break;
            }

            int flag = _reader.TakePoint();
            changed = flag switch
            {
                'i' => changed with { IgnoresCase = on },
                'm' => changed with { DotIsAny = on },
                '-' when on => changed,
                _ => throw _reader.Problem($"the flag '{(char)flag}' is not supported"),
            };
            on &= flag != '-';
        }

        return true;
    }

    /// <summary><c>* + ? {n} {n,} {n,m} {,m}</c>, then <c>?</c> for as few as possible or <c>+</c> for what is never given back.</summary>
    private ExpressionNode ReadQuantifiers(ExpressionNode part)
    {
        if (TakeCounts() is not var (least, most, isInterval))
        {
            return part;
        }

        if (IsPlace(part))
        {
            throw _reader.Problem("a place cannot be repeated");
        }

        bool isLazy = _reader.Take("?");
        if (isLazy && isInterval && least == most)
        {
            throw _reader.Problem("'{n}?' is not supported");
        }

        ExpressionNode repeat = Repeated(part, least, most, isLazy);
        if (!isLazy && _reader.Take("+"))
        {
            // Behind an interval a plus is a repetition of its own.
            repeat = isInterval ? Repeated(repeat, 1, null, false) : new Atomic(repeat);
        }

        return _reader.Next is '*' or '+' or '?' or '{' ? throw _reader.Problem("a repetition of a repetition needs a group") : repeat;
    }

    /// <summary>How an empty turn ends a repetition differs from library to library.</summary>
    private Repeat Repeated(ExpressionNode part, int least, int? most, bool isLazy) => most is null or > 1 && part.MayBeEmpty
        ? throw _reader.Problem("what may be empty cannot be repeated")
        : new Repeat(part, least, most, isLazy);

    private (int Least, int? Most, bool IsInterval)? TakeCounts()
    {
        if (_reader.Take("*"))
        {
            return (0, null, false);
        }

        if (_reader.Take("+"))
        {
            return (1, null, false);
        }

        if (_reader.Take("?"))
        {
            return (0, 1, false);
        }

        if (!_reader.Take("{"))
        {
            return null;
        }

        int? least = _reader.TakeNumber();
        bool isOpen = _reader.Take(",");
        int? most = isOpen ? _reader.TakeNumber() : least;
        bool isRange = (least ?? most) is not null && (most ?? least) <= MaxCount && (most is null || (least ?? 0) <= most);
        return _reader.Take("}") && isRange
            ? (least ?? 0, most, true)
            : throw _reader.Problem($"'{{' must begin {{n}}, {{n,}}, {{n,m}} or {{,m}} up to {MaxCount}, or be escaped");
    }

    /// <summary>Every row of characters that a look-behind may mean.</summary>
    private List<IReadOnlyList<CodePointSet>> Rows(ExpressionNode node) => node switch
    {
        OneOf one => [[one.Set]],
        Choice choice => Bounded([.. choice.Parts.SelectMany(Rows)]),
        Sequence sequence => sequence.Parts.Select(Rows).Aggregate(NoCharacters(), Join),
        Repeat { Most: { } most } repeat when most == repeat.Least =>
            Enumerable.Repeat(Rows(repeat.Part), most).Aggregate(NoCharacters(), Join),
        _ => throw _reader.Problem("a look-behind must be characters or choices between them"),
    };

    private List<IReadOnlyList<CodePointSet>> Join(List<IReadOnlyList<CodePointSet>> starts, List<IReadOnlyList<CodePointSet>> ends) =>
        Bounded([.. starts.SelectMany(start => ends.Select(end => (IReadOnlyList<CodePointSet>)[.. start, .. end])).Take(MaxRows + 1)]);

    private List<IReadOnlyList<CodePointSet>> Bounded(List<IReadOnlyList<CodePointSet>> rows) =>
        rows.Count <= MaxRows && rows.TrueForAll(row => row.Count <= MaxRows) ? rows : throw _reader.Problem("a look-behind is too long");

    private static bool IsPlace(ExpressionNode node) => node switch
    {
        Place or LookAhead or LookBehind => true,
        Sequence sequence => sequence.Parts.Count > 0 && sequence.Parts.All(IsPlace),
        Choice choice => choice.Parts.Any(IsPlace),
        _ => false,
    };

    private static List<IReadOnlyList<CodePointSet>> NoCharacters() => [[]];

    private readonly record struct Flags(bool IgnoresCase, bool DotIsAny);
}
