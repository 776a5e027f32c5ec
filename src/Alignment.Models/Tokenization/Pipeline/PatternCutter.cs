using Alignment.Models.Files;
using Alignment.Models.Tokenization.Expressions;
using Alignment.Models.Tokenization.PreTokenizers;

namespace Alignment.Models.Tokenization.Pipeline;

/// <summary>Finds the matches of a pattern: by a scanner where one is written, else by the expression.</summary>
internal static class PatternCutter
{
    /// <summary>The matches of a text, in order: start and length.</summary>
    public delegate IEnumerable<(int Start, int Length)> Matches(string text);

    /// <exception cref="InvalidDataException">The expression cannot be read, or is not supported.</exception>
    public static Matches Compile(string path, string field, string expression)
    {
        if (WordPattern.Find(expression) is { } scanner)
        {
            return text => Scan(scanner, text);
        }

        try
        {
            return Expression.Parse(expression).Matches;
        }
        catch (ExpressionException fault)
        {
            throw FileProblem.Of(path, field, $"the expression cannot be used: {fault.Message}");
        }
    }

    /// <summary>Every occurrence of a plain text.</summary>
    public static Matches Literal(string literal) => text => Find(literal, text);

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
        for (int at = text.IndexOf(literal, StringComparison.Ordinal);
            at >= 0;
            at = text.IndexOf(literal, at + literal.Length, StringComparison.Ordinal))
        {
            yield return (at, literal.Length);
        }
    }
}
