using Alignment.Compute.Contract.Random;

namespace Alignment.Models.Tests.Tokenization;

/// <summary>Writes an expression at random, and texts over the few characters that such expressions tell apart.</summary>
internal sealed class RandomExpression(ulong seed)
{
    private const string Letters = "aabbcAB1";

    private static readonly string[] s_characters =
    [
        "a",
        "a",
        "b",
        "b",
        "c",
        "A",
        "B",
        "s",
        "S",
        "\u017F",
        "K",
        "\u212A",
        "\u00E9",
        "\u00DF",
        "\u0130",
        "1",
        "2",
        "\u0663",
        "_",
        "-",
        "'",
        ".",
        " ",
        " ",
        "\n",
        "\n",
        "\r\n",
        "\t",
        "\u00A0",
        "\u0301",
        "\u6F22",
        "\U0001D44E",
        "\U0001D44E",
        "\U0001F600",
        "\U00020000",
        "\U0001D7D8",
        "\u24B6",
        "\u2167",
        "\u200D",
    ];

    private static readonly string[] s_sets = [@"\w", @"\W", @"\s", @"\S", @"\d", @"\p{L}", @"\p{^L}", @"\P{N}", @"\h", ".", "\U0001D44E"];
    private static readonly string[] s_quantifiers =
        ["*", "+", "?", "*?", "+?", "??", "*+", "++", "?+", "{2}", "{1,2}", "{,2}", "{1,}", "{1,3}+", "{2}+", "{1,2}?"];
    private static readonly string[] s_places = ["^", "$", @"\b", @"\B", @"\A", @"\z", @"\Z"];
    private ulong _draws;

    /// <summary>Up to 16 characters.</summary>
    public static string Text(ulong index) =>
        string.Concat(Enumerable.Range(1, (int)(Philox.Uniform(21, index, 0) * 17)).Select(i => Character(index, (ulong)i)));

    public string Write() => Choice(2);

    private static string Character(ulong index, ulong at) => s_characters[(int)(Philox.Uniform(21, index, at) * s_characters.Length)];

    private string Choice(int depth) => string.Join('|', Enumerable.Range(0, 1 + Draw(3)).Select(_ => Sequence(depth)));

    private string Sequence(int depth) => string.Concat(Enumerable.Range(0, 1 + Draw(3)).Select(_ => Part(depth)));

    private string Part(int depth) => Draw(5) switch
    {
        0 => PlacePart(depth),
        < 3 => Atom(depth) + Pick(s_quantifiers),
        _ => Atom(depth),
    };

    private string PlacePart(int depth) => Draw(depth > 0 ? 4 : 2) switch
    {
        0 => Pick(s_places),
        1 => $"({(Draw(2) == 0 ? "?<=" : "?<!")}{Pick(["a", "ab", "a|b", @"\s", "\U0001D44E", "[^a]", "a{2}"])})",
        2 => $"(?={Choice(depth - 1)})",
        _ => $"(?!{Choice(depth - 1)})",
    };

    private string Atom(int depth) => Draw(depth > 0 ? 8 : 5) switch
    {
        < 3 => Letters[Draw(Letters.Length)].ToString(),
        3 => Pick(s_sets),
        4 => Class(2),
        5 => $"(?:{Choice(depth - 1)})",
        6 => $"(?>{Choice(depth - 1)})",
        _ => $"(?{Pick(["i", "m", "im", "-i"])}:{Choice(depth - 1)})",
    };

    private string Class(int depth)
    {
        string items = string.Concat(Enumerable.Range(0, 1 + Draw(3)).Select(_ => Item(depth)));
        string and = Draw(5) == 0 ? "&&" + Item(depth) : "";
        return $"[{(Draw(3) == 0 ? "^" : "")}{items}{and}]";
    }

    private string Item(int depth) => Draw(depth > 0 ? 7 : 5) switch
    {
        0 => Letters[Draw(Letters.Length)].ToString(),
        1 => "a-c",
        2 => Pick(s_sets[..9]),
        3 => "\U0001D44E",
        4 => Pick(["[:space:]", "[:^digit:]", "_", "'", @"\-"]),
        _ => Class(depth - 1),
    };

    private string Pick(string[] choices) => choices[Draw(choices.Length)];

    private int Draw(int count) => (int)(Philox.Uniform(22, seed, _draws++) * count);
}
