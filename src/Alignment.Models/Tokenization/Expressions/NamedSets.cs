using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Alignment.Models.Tokenization.Expressions;

/// <summary>
/// The sets of characters that expressions call by name, with the members that Oniguruma gives them; the general categories are .NET's
/// Unicode.
/// </summary>
internal static class NamedSets
{
    /// <summary>General categories in the order of <see cref="UnicodeCategory"/>.</summary>
    private const string Categories = "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Zs Zl Zp Cc Cf Cs Co Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Cn";

    private static readonly FrozenDictionary<string, CodePointSet> s_categories = ReadCategories();

    private static readonly Lazy<CodePointSet> s_cased =
        new(() => Category("LC").Union(CodePointSet.OfPoints(Enumerable.Range(0, 0x110000).Where(HasAnotherCase))));

    /// <summary><c>\d</c>.</summary>
    public static CodePointSet Digit { get; } = s_categories["nd"];

    /// <summary><c>\s</c>: Unicode's White_Space.</summary>
    public static CodePointSet Space { get; } = CodePointSet.Of((0x09, 0x0D), (0x85, 0x85), (0x2028, 0x2029)).Union(s_categories["zs"]);

    /// <summary>
    /// <c>[\w]</c>: alphabetic characters, marks, decimal digits and connectors. Alphabetic symbols are the circled and squared letters.
    /// </summary>
    public static CodePointSet Word { get; } =
        Category("L").Union(Category("M")).Union(Category("Nd")).Union(Category("Nl")).Union(Category("Pc"))
        .Union(CodePointSet.Of((0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189)));

    /// <summary><c>\w</c> outside brackets, and where <c>\b</c> stands: also the superscript digits and the fractions of Latin-1.</summary>
    public static CodePointSet BareWord { get; } = Word.Union(CodePointSet.OfPoints(0xB2, 0xB3, 0xB9, 0xBC, 0xBD, 0xBE));

    /// <summary>
    /// <c>\w</c> of Rust's own expressions, which the original uses beside Oniguruma's: also the two joiners (Unicode's UTS #18, annex C).
    /// </summary>
    public static CodePointSet RustWord { get; } = Word.Union(CodePointSet.Of((0x200C, 0x200D)));

    /// <summary><c>\h</c>.</summary>
    public static CodePointSet HexDigit { get; } = CodePointSet.Of(('0', '9'), ('A', 'F'), ('a', 'f'));

    public static CodePointSet LineFeed { get; } = CodePointSet.OfPoints('\n');

    /// <summary>Characters that have another case.</summary>
    public static CodePointSet Cased => s_cased.Value;

    private static CodePointSet Han { get; } = CodePointSet.Of(
        (0x2E80, 0x2E99), (0x2E9B, 0x2EF3), (0x2F00, 0x2FD5), (0x3005, 0x3005), (0x3007, 0x3007), (0x3021, 0x3029), (0x3038, 0x303B),
        (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFA6D), (0xFA70, 0xFAD9), (0x16FE2, 0x16FE3), (0x16FF0, 0x16FF1), (0x20000, 0x2A6DF),
        (0x2A700, 0x2B739), (0x2B740, 0x2B81D), (0x2B820, 0x2CEA1), (0x2CEB0, 0x2EBE0), (0x2EBF0, 0x2EE5D), (0x2F800, 0x2FA1D),
        (0x30000, 0x3134A), (0x31350, 0x323AF));

    /// <summary>A general category by its one or two letters.</summary>
    public static CodePointSet Category(string name) => s_categories[name.ToLowerInvariant()];

    /// <summary>The set that <c>\p{NAME}</c> means, or null where it is not known here.</summary>
    public static CodePointSet? Property(string name) => Plain(name) switch
    {
        "any" => CodePointSet.All,
        "letter" => Category("L"),
        "mark" => Category("M"),
        "number" => Category("N"),
        "punct" or "punctuation" => Category("P"),
        "symbol" => Category("S"),
        "separator" => Category("Z"),
        "digit" => Digit,
        "space" or "whitespace" => Space,
        "han" => Han,
        { } plain => s_categories.GetValueOrDefault(plain),
    };

    /// <summary>The set that <c>[:NAME:]</c> means, or null where it is not known here.</summary>
    public static CodePointSet? Posix(string name) => name switch
    {
        "digit" => Digit,
        "space" => Space,
        "word" => Word,
        "xdigit" => HexDigit,
        "cntrl" => Category("Cc"),
        "punct" => Category("P").Union(Category("S")),
        _ => null,
    };

    /// <summary>Names are compared without case, spaces, hyphens and underscores.</summary>
    private static string Plain(string name) => string.Concat(name.Where(c => c is not (' ' or '-' or '_'))).ToLowerInvariant();

    private static bool HasAnotherCase(int point) =>
        point == 0x345
            || (Rune.TryCreate(point, out Rune rune) && (Rune.ToLowerInvariant(rune) != rune || Rune.ToUpperInvariant(rune) != rune));

    private static FrozenDictionary<string, CodePointSet> ReadCategories()
    {
        string[] names = Categories.ToLowerInvariant().Split(' ');
        var ranges = names.Select(_ => new List<(int First, int Last)>()).ToArray();
        for (int point = 0; point <= 0x10FFFF; point++)
        {
            List<(int First, int Last)> list = ranges[(int)CharUnicodeInfo.GetUnicodeCategory(point)];
            if (list.Count > 0 && list[^1].Last == point - 1)
            {
                list[^1] = (list[^1].First, point);
            }
            else
            {
                list.Add((point, point));
            }
        }

        Dictionary<string, CodePointSet> sets = names.Zip(ranges).ToDictionary(pair => pair.First, pair => CodePointSet.Of(pair.Second));
        foreach (IGrouping<string, string> group in names.GroupBy(name => name[..1]))
        {
            sets.Add(group.Key, group.Select(name => sets[name]).Aggregate((union, set) => union.Union(set)));
        }

        sets.Add("lc", sets["lu"].Union(sets["ll"]).Union(sets["lt"]));
        return sets.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
