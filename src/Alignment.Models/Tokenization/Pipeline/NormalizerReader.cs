using System.Text;
using Alignment.Models.Files;
using Alignment.Models.Tokenization.Expressions;
using Alignment.Models.Tokenization.Normalization;

namespace Alignment.Models.Tokenization.Pipeline;

/// <summary>Reads the <c>normalizer</c> of a tokenizer.json: what happens to a text before it is cut.</summary>
internal static class NormalizerReader
{
    private const int CapitalDottedI = 0x130;

    /// <summary>What a step puts in, and what it makes, have bounds: a few characters put in again and again fill any memory.</summary>
    private const int LongestContent = 16;

    private const int MostCharacters = 1 << 24;

    public static Func<string, string> Read(string path, JsonFields? step) => step?.Text("type") switch
    {
        null => text => text,
        "Sequence" => Chain([.. step.Objects("normalizers").Select(inner => Read(path, inner))]),
        "NFC" => CanonicalForm.Compose,
        "NFD" => CanonicalForm.Decompose,
        "Lowercase" => Lowercase,
        "Prepend" => Prepend(Content(step, "prepend")),
        "Replace" => Replace(path, step),
        "Strip" => Strip(step.Flag("strip_left", true), step.Flag("strip_right", true)),
        { } type => throw step.Problem("type", $"the normalizer '{type}' is not supported"),
    };

    private static Func<string, string> Chain(Func<string, string>[] steps) =>
        text => steps.Aggregate(text, (current, step) => step(current));

    /// <summary>Character by character, whatever stands around it; one of them becomes two.</summary>
    private static string Lowercase(string text)
    {
        var lower = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            lower.Append(rune.Value == CapitalDottedI ? "i\u0307" : Rune.ToLowerInvariant(rune).ToString());
        }

        return lower.ToString();
    }

    private static Func<string, string> Prepend(string prefix) => text => text.Length == 0 ? text : prefix + text;

    private static Func<string, string> Strip(bool left, bool right) => text =>
    {
        text = left ? text.TrimStart() : text;
        return right ? text.TrimEnd() : text;
    };

    private static Func<string, string> Replace(string path, JsonFields step)
    {
        string content = Content(step, "content");
        JsonFields pattern = step.Object("pattern") ?? throw step.Problem("pattern", "is missing");
        if (pattern.Text("String") is { Length: > 0 } literal)
        {
            return text => Bounded(text.Replace(literal, content, StringComparison.Ordinal));
        }

        string expression = pattern.Text("Regex") ?? throw pattern.Problem("Regex", "is missing");
        PatternCutter.Matches matches = PatternCutter.Compile(path, "normalizer.pattern.Regex", expression);
        return text => text.Length == 0 ? text : Bounded(string.Join(content, PiecesBetween(text, matches(text))));
    }

    private static string Content(JsonFields step, string field)
    {
        string content = step.Text(field) ?? "";
        return content.Length <= LongestContent ? content : throw step.Problem(field, $"is longer than {LongestContent} characters");
    }

    private static string Bounded(string text)
        => text.Length <= MostCharacters
            ? text
            : throw new ExpressionException($"the normalizer makes more than {MostCharacters} characters of it");

    private static IEnumerable<string> PiecesBetween(string text, IEnumerable<(int Start, int Length)> matches)
    {
        int from = 0;
        foreach ((int start, int length) in matches)
        {
            yield return text[from..start];
            from = start + length;
        }

        yield return text[from..];
    }
}
