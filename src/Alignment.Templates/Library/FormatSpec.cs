using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;
using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Library;

/// <summary>Python's format specification: <c>[[fill]align][sign][#][0][width][grouping][.precision][type]</c>.</summary>
internal sealed partial record FormatSpec
{
    private const int MaxDigits = 7;
    private const int MatchBytes = 3000;
    private static readonly FormatSpec s_plain = new();

    public TemplateText Fill { get; init; } = TemplateText.Template(" ");

    /// <summary>One of &lt; &gt; ^ =, or nothing for what the value's type has.</summary>
    public char? Align { get; init; }

    public char Sign { get; init; } = '-';

    public bool Alternate { get; init; }

    public int Width { get; init; }

    public string Grouping { get; init; } = "";

    public int? Precision { get; init; }

    /// <summary>Nothing for what the value's type has.</summary>
    public char? Type { get; init; }

    public static FormatSpec Parse(RenderBudget budget, TemplateText text)
    {
        if (text.Length == 0)
        {
            return s_plain;
        }

        budget.Make(MatchBytes);
        Match match = text.Length <= 64 ? Pattern().Match(text.Value) : Match.Empty;
        if (!match.Success)
        {
            throw new ChatTemplateException($"chat template: the format '{PythonText.Brief(text)}' is not known");
        }

        bool zero = match.Groups["zero"].Length > 0;
        bool aligned = match.Groups["align"].Length > 0;
        Group fill = match.Groups["fill"];
        return new FormatSpec
        {
            Fill = fill.Length > 0
                ? text.Slice(budget, fill.Index, fill.Index + fill.Length)
                : TemplateText.Template(zero && !aligned ? "0" : " "),
            Align = aligned ? match.Groups["align"].ValueSpan[0] : zero ? '=' : null,
            Sign = match.Groups["sign"].Length > 0 ? match.Groups["sign"].ValueSpan[0] : '-',
            Alternate = match.Groups["alternate"].Length > 0,
            Width = Number(match.Groups["width"].Value) ?? 0,
            Grouping = match.Groups["grouping"].Value,
            Precision = Number(match.Groups["precision"].Value),
            Type = match.Groups["type"].Length > 0 ? match.Groups["type"].ValueSpan[0] : null,
        };
    }

    public TemplateText Apply(RenderState state, object? value) => value switch
    {
        TemplateText text => FormatText(state, text),
        bool when Type is null && this == new FormatSpec { Fill = Fill } => PythonText.Str(state.Budget, value),
        double number => FormatFloat(state, number),
        _ when Numbers.IsInteger(value) => Type is 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or '%'
            ? FormatFloat(state, Numbers.ToDouble(value))
            : FormatInteger(state, Numbers.ToInteger(value)),
        _ when this == new FormatSpec { Fill = Fill } => PythonText.Str(state.Budget, value),
        _ => throw new ChatTemplateException($"chat template: {PythonValue.TypeName(value)} takes no format"),
    };

    private TemplateText FormatText(RenderState state, TemplateText text)
    {
        Require(Type is null or 's' && Sign == '-' && !Alternate && Grouping.Length == 0 && Align is not '=', "a string");
        TemplateText cut = Precision is int most && most < text.CodePoints
            ? text.Slice(state.Budget, 0, Slicing.Offset(state.Budget, text, most))
            : text;
        return Place(state, cut, Align ?? '<');
    }

    private TemplateText FormatInteger(RenderState state, BigInteger number)
    {
        Require(Precision is null, "an integer");
        if (Type == 'c')
        {
            Require(number >= 0 && number <= 0x10FFFF && !(number >= 0xD800 && number <= 0xDFFF), "an integer that is no character");
            return Place(state, TemplateText.Template(char.ConvertFromUtf32((int)number)), Align ?? '<');
        }

        char type = Type is null or 'n' ? 'd' : Type.Value;
        Require(type is 'd' or 'x' or 'X' or 'o' or 'b', "an integer");
        string prefix = Alternate && type != 'd' ? $"0{type}" : "";
        string digits = NumberFormat.Integer(state.Budget, BigInteger.Abs(number), type);
        return PlaceNumber(state, SignOf(number.Sign < 0) + prefix, digits, "", type == 'd' ? 3 : 4);
    }

    private TemplateText FormatFloat(RenderState state, double number)
    {
        char type = Type switch { '%' => 'f', 'n' => 'g', null => 'g', var given => given.Value };
        Require(type is 'e' or 'E' or 'f' or 'F' or 'g' or 'G', "a float");
        double magnitude = Math.Abs(Type == '%' ? number * 100 : number);
        string digits = Type is null && Precision is null
            ? PythonText.Number(state.Budget, magnitude)
            : NumberFormat.Float(state.Budget, magnitude, type, Precision ?? 6, Alternate);
        if (Type is null && Precision is not null && digits.All(char.IsAsciiDigit))
        {
            digits += ".0";
        }

        int whole = 0;
        while (whole < digits.Length && char.IsAsciiDigit(digits[whole]))
        {
            whole++;
        }

        bool negative = number < 0 || (number == 0 && double.IsNegative(number));
        return PlaceNumber(state, SignOf(negative), digits[..whole], digits[whole..] + (Type == '%' ? "%" : ""), 3);
    }

    /// <summary>Zeros that fill a number from the left are grouped with its digits.</summary>
    private TemplateText PlaceNumber(RenderState state, string sign, string whole, string rest, int group)
    {
        state.Budget.Make(32L * (whole.Length + (Grouping.Length > 0 ? Width : 0)));
        if (Align == '=' && Fill.Value == "0" && Grouping.Length > 0)
        {
            int available = Width - sign.Length - rest.Length;
            int digits = available - (available / (group + 1));
            digits += digits + ((digits - 1) / group) < available ? 1 : 0;
            whole = whole.PadLeft(Math.Max(0, digits), '0');
        }

        string number = Grouped(whole, group) + rest;
        if (Align == '=')
        {
            long room = (long)Width - sign.Length - number.Length;
            return new TextBuilder(state.Budget).Append(sign).Repeat(Fill, room).Append(number).ToText();
        }

        return Place(state, TemplateText.Template(sign + number), Align ?? '>');
    }

    private TemplateText Place(RenderState state, TemplateText text, char align)
    {
        long room = Math.Max(0, (long)Width - text.CodePoints);
        long left = align switch { '<' => 0, '>' => room, '^' => room / 2, _ => 0 };
        return StringMethods.Pad(state, text, left, room - left, Fill);
    }

    private string Grouped(string digits, int group)
    {
        if (Grouping.Length == 0)
        {
            return digits;
        }

        int first = digits.Length % group;
        IEnumerable<string> groups = digits[first..].Chunk(group).Select(some => new string(some));
        return string.Join(Grouping, first > 0 ? groups.Prepend(digits[..first]) : groups);
    }

    private string SignOf(bool negative) => negative ? "-" : Sign == '-' ? "" : Sign.ToString();

    private static void Require(bool condition, string value)
    {
        if (!condition)
        {
            throw new ChatTemplateException($"chat template: the format does not fit {value}");
        }
    }

    private static int? Number(string digits) => digits.Length == 0 ? null : digits.Length <= MaxDigits
        ? int.Parse(digits, CultureInfo.InvariantCulture)
        : throw new ChatTemplateException("chat template: the width or precision of a format is too large");

    [GeneratedRegex(
        @"^(?:(?<fill>.{1,2})?(?<align>[<>=^]))?(?<sign>[-+ ])?(?<alternate>#)?(?<zero>0)?(?<width>[0-9]*)(?<grouping>[,_])?(?:\.(?<precision>[0-9]+))?(?<type>[a-zA-Z%])?$",
        RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
