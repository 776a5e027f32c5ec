using Alignment.Models.Files;
using Alignment.Models.Tokenization.Expressions;
using Alignment.Models.Tokenization.PreTokenizers;

namespace Alignment.Models.Tokenization.Pipeline;

/// <summary>Reads the <c>pre_tokenizer</c> of a tokenizer.json.</summary>
internal static class PreTokenizerReader
{
    public static PreTokenizer Read(string path, JsonFields? step) => step?.Text("type") switch
    {
        null => (text, _) => [text],
        "Sequence" => Chain([.. step.Objects("pretokenizers").Select(inner => Read(path, inner))]),
        "ByteLevel" => ByteLevel(step.Flag("add_prefix_space", true), step.Flag("use_regex", true)),
        "Split" => Split(path, step),
        "Digits" when step.Flag("individual_digits", false) =>
            Cut(PatternCutter.Compile(path, "pre_tokenizer", @"\p{N}"), SplitBehavior.Isolated),
        "Digits" => Cut(Expression.OfRuns(NamedSets.Category("N")).Matches, SplitBehavior.Isolated),
        "Punctuation" => Cut(PatternCutter.Compile(path, "pre_tokenizer", @"[!-/:-@\[-`{-~\p{P}]"), Behavior(step)),
        "Whitespace" => Cut(
            Expression.OfRuns(
                NamedSets.RustWord, NamedSets.RustWord.Union(NamedSets.Space).Complement()).Matches, SplitBehavior.Removed, inverts: true),
        "WhitespaceSplit" => Cut(Expression.OfRuns(NamedSets.Space).Matches, SplitBehavior.Removed),
        "Metaspace" => Metaspace(step),
        { } type => throw step.Problem("type", $"the pre-tokenizer '{type}' is not supported"),
    };

    private static PreTokenizer Chain(PreTokenizer[] steps) => (text, isStart) =>
    {
        IEnumerable<string> pieces = [text];
        foreach (PreTokenizer step in steps)
        {
            pieces = pieces.SelectMany((piece, i) => step(piece, isStart && i == 0));
        }

        return pieces;
    };

    private static PreTokenizer ByteLevel(bool prefixSpace, bool cutsWords) => (text, _) =>
    {
        string prefixed = prefixSpace && text[0] != ' ' ? " " + text : text;
        return cutsWords ? Words(prefixed).Select(word => ByteAlphabet.Spell(word)) : [ByteAlphabet.Spell(prefixed)];
    };

    private static IEnumerable<string> Words(string text)
    {
        for (int start = 0; start < text.Length;)
        {
            int length = WordPattern.Gpt2.FirstWord(text.AsSpan(start));
            yield return text.Substring(start, length);
            start += length;
        }
    }

    private static PreTokenizer Split(string path, JsonFields step)
    {
        JsonFields pattern = step.Object("pattern") ?? throw step.Problem("pattern", "is missing");
        PatternCutter.Matches matches = pattern.Text("Regex") is { } expression
            ? PatternCutter.Compile(path, "pre_tokenizer.pattern.Regex", expression)
            : PatternCutter.Literal(
                pattern.Text("String") is { Length: > 0 } literal ? literal : throw pattern.Problem("String", "is missing"));
        return Cut(matches, Behavior(step), step.Flag("invert", false));
    }

    private static SplitBehavior Behavior(JsonFields step) => step.Text("behavior") switch
    {
        null or "Isolated" => SplitBehavior.Isolated,
        "Removed" => SplitBehavior.Removed,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        { } other => throw step.Problem("behavior", $"'{other}' is not known"),
    };

    private static PreTokenizer Cut(PatternCutter.Matches matches, SplitBehavior behavior, bool inverts = false) =>
        (text, _) => Splitter.Split(text, matches(text), behavior, inverts);

    private static PreTokenizer Metaspace(JsonFields step)
    {
        string mark = step.Text("replacement") ?? "▁";
        string scheme = step.Text("prepend_scheme") ?? (step.Flag("add_prefix_space", true) ? "always" : "never");
        bool splits = step.Flag("split", true);
        return (text, isStart) =>
        {
            string marked = text.Replace(" ", mark, StringComparison.Ordinal);
            bool prepends = (scheme == "always" || (scheme == "first" && isStart)) && !marked.StartsWith(mark, StringComparison.Ordinal);
            marked = prepends ? mark + marked : marked;
            return splits ? Splitter.Split(marked, PatternCutter.Literal(mark)(marked), SplitBehavior.MergedWithNext) : [marked];
        };
    }
}
