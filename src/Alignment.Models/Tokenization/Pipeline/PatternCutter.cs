using System.Text.RegularExpressions;
using Alignment.Models.Checkpoints;
using Alignment.Models.Tokenization.PreTokenizers;

namespace Alignment.Models.Tokenization.Pipeline;

/// <summary>Cuts a text at the matches of a pattern: a scanner where one is written, else the linear-time engine, else backtracking under a deadline.</summary>
internal static class PatternCutter
{
    private const int MaxPattern = 4096;
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(2);

    /// <summary>The matches of a text, in order: start and length.</summary>
    public delegate IEnumerable<(int Start, int Length)> Matches(string text);

    /// <exception cref="InvalidDataException">The expression cannot be read.</exception>
    public static Matches Compile(string path, string field, string expression)
    {
        if (WordPattern.Find(expression) is { } scanner)
        {
            return text => Scan(scanner, text);
        }

        FileProblem.Require(expression.Length <= MaxPattern, path, field, "the expression is too long");
        Regex regex = CompileRegex(path, field, expression);
        return text => Search(regex, new FoldedText(text));
    }

    private static IEnumerable<(int Start, int Length)> Search(Regex regex, FoldedText folded) =>
        regex.Matches(folded.Text).Select(match => folded.Unfold(match.Index, match.Length));

    /// <summary>Every occurrence of a plain text.</summary>
    public static Matches Literal(string literal) => text => Find(literal, text);

    private static Regex CompileRegex(string path, string field, string expression)
    {
        const RegexOptions Common = RegexOptions.CultureInvariant;
        try
        {
            return new Regex(expression, Common | RegexOptions.NonBacktracking, s_deadline);
        }
        catch (NotSupportedException)
        {
            return new Regex(expression, Common, s_deadline);
        }
        catch (ArgumentException fault)
        {
            throw FileProblem.Of(path, field, $"the expression cannot be read: {fault.Message}");
        }
    }

    private static IEnumerable<(int Start, int Length)> Scan(WordPattern pattern, string text)
    {
        for (int start = 0; start < text.Length;)
        {
            int length = pattern.FirstWord(text.AsSpan(start));
            yield return (start, length);
            start += length;
        }
    }

    private static IEnumerable<(int Start, int Length)> Find(string literal, string text)
    {
        for (int at = text.IndexOf(literal, StringComparison.Ordinal); at >= 0; at = text.IndexOf(literal, at + literal.Length, StringComparison.Ordinal))
        {
            yield return (at, literal.Length);
        }
    }
}
