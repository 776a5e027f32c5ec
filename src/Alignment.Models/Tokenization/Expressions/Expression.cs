namespace Alignment.Models.Tokenization.Expressions;

/// <summary>
/// A regular expression of a tokenizer, matched by code points with the meaning that it has for Oniguruma. .NET's own would read another:
/// it sees halves of characters beyond the basic plane, other sets, other lines, and may take exponential time.
/// </summary>
public sealed class Expression
{
    private const int MaxLength = 4096;

    private readonly Instruction[] _program;
    private readonly int _splits;

    private Expression(ExpressionNode node) => (_program, _splits) = ExpressionCompiler.Compile(node);

    /// <summary>Reads an expression.</summary>
    /// <exception cref="ExpressionException">It cannot be read, or is not supported.</exception>
    public static Expression Parse(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Length <= MaxLength
            ? new Expression(ExpressionParser.Parse(source))
            : throw new ExpressionException($"it is longer than {MaxLength} characters");
    }

    /// <summary>Runs of characters, each of one of the sets.</summary>
    internal static Expression OfRuns(params IEnumerable<CodePointSet> sets) =>
        new(new Choice([.. sets.Select(set => new Repeat(new OneOf(set), 1, null, IsLazy: false))]));

    /// <summary>
    /// All matches of a text in order, by UTF-16 index: an empty one directly behind another is left out, as the original does.
    /// </summary>
    /// <exception cref="ExpressionException">An atomic group or a look-ahead is tried too often; the bound grows with the text's
    /// length.</exception>
    public IEnumerable<(int Start, int Length)> Matches(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var matcher = new Matcher(_program, _splits, text);
        int last = -1;
        for (int from = 0; from <= text.Length && matcher.Find(from) is var (start, end);)
        {
            if (start == end && start == last)
            {
                from = matcher.After(from);
                continue;
            }

            yield return (start, end - start);
            from = last = end;
        }
    }
}
