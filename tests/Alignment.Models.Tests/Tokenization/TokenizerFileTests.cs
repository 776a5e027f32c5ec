using Alignment.Models.Tokenization;
using Alignment.Tests;

namespace Alignment.Models.Tests.Tokenization;

/// <summary>Small tokenizer.json files, one for each step that the published vocabularies do not exercise.</summary>
public sealed class TokenizerFileTests
{
    [Theory]
    [InlineData("null", "-1 0 1")]
    [InlineData("""{"bos_token": "<s>", "add_bos_token": false}""", "0 1")]
    [InlineData("""{"bos_token": {"content": "<s>"}, "eos_token": "</s>", "add_bos_token": true, "add_eos_token": true}""", "-1 0 1 -2")]
    public void The_configuration_overrules_the_template(string configuration, string expected)
    {
        const string Template =
            """{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}],"""
            + """ "special_tokens": {"<s>": {"ids": [5]}}}""";
        using Tokenizer tokenizer = Load($$"""
            {"post_processor": {{Template}}, "added_tokens": [{"id": 5, "content": "<s>", "special": true}, {"id": 6, "content": "</s>", "special": true}],
             "model": {"vocab": {"a": 0, "b": 1}, "merges": []} }
            """, configuration == "null" ? null : configuration);
        Assert.Equal(
            expected.Replace("-1", "5", StringComparison.Ordinal).Replace("-2", "6", StringComparison.Ordinal),
            Ids(tokenizer, "ab", addSpecialTokens: true));
    }

    [Theory]
    [InlineData("""["a b", "ab c"]""", "abcabc", "4 4")]
    [InlineData("""[["a", "b"], ["ab", "c"]]""", "abcabc", "4 4")]
    [InlineData("[]", "abc", "0 1 2")]
    public void Merges_have_two_spellings(string merges, string text, string expected)
    {
        using Tokenizer tokenizer = Load($$"""{"model": {"vocab": {"a": 0, "b": 1, "c": 2, "ab": 3, "abc": 4}, "merges": {{merges}} } }""");
        Assert.Equal(expected, Ids(tokenizer, text));
    }

    [Fact]
    public void A_word_of_the_vocabulary_needs_no_merges_where_the_file_says_so()
    {
        using Tokenizer tokenizer = Load("""{"model": {"ignore_merges": true, "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": []}}""");
        Assert.Equal("2", Ids(tokenizer, "ab"));
        Assert.Equal("0 1 0", Ids(tokenizer, "aba"));
    }

    [Theory]
    [InlineData("true", "[]", "<>")]
    [InlineData("false", """["< >"]""", "<>")]
    [InlineData("false", "[]", "*")]
    public void Text_never_becomes_a_control_token_unless_asked(string ignoreMerges, string merges, string control)
    {
        using Tokenizer tokenizer = Load($$"""
            {"added_tokens": [{"id": 2, "content": "{{control}}", "special": true, "normalized": false}],
             "model": {"ignore_merges": {{ignoreMerges}}, "vocab": {"<": 0, ">": 1, "{{control}}": 2}, "merges": {{merges}} } }
            """);
        Assert.Equal([2], tokenizer.Encode(control));
        Assert.DoesNotContain(2, tokenizer.Encode(control, parseSpecialTokens: false));
    }

    [Theory]
    [InlineData("\"normalized\": true", "A<X>A", "0 9 0")]
    [InlineData("\"normalized\": false", "A<X>A", "0 3 1 4 0")]
    [InlineData("\"normalized\": false", "a<x>a", "0 9 0")]
    [InlineData("\"normalized\": false, \"lstrip\": true, \"rstrip\": true", "a <x> a", "0 9 0")]
    [InlineData("\"normalized\": false, \"lstrip\": true", "a <x> a", "0 9 2 0")]
    [InlineData("\"normalized\": false, \"single_word\": true", "a<x>a <x> a", "0 3 1 4 0 2 9 2 0")]
    public void Added_tokens_are_found_as_their_flags_say(string flags, string text, string expected)
    {
        using Tokenizer tokenizer = Load($$"""
            {"normalizer": {"type": "Lowercase"}, "added_tokens": [{"id": 9, "content": "<x>", "special": false, {{flags}} }],
             "model": {"vocab": {"a": 0, "x": 1, " ": 2, "<": 3, ">": 4}, "merges": []} }
            """);
        Assert.Equal(expected, Ids(tokenizer, text));
    }

    [Theory]
    [InlineData("Isolated", "a,,b", "0|1|1|2")]
    [InlineData("Contiguous", "a,,b", "0|11|2")]
    [InlineData("Removed", "a,,b", "0|2")]
    [InlineData("MergedWithPrevious", "a,,b", "01|1|2")]
    [InlineData("MergedWithNext", "a,,b", "0|1|12")]
    public void Pieces_are_split_as_the_behavior_says(string behavior, string text, string expected)
    {
        // Words of the vocabulary tell where the cuts are: "a," is one token if it is one piece.
        using Tokenizer tokenizer = Load($$"""
            {"pre_tokenizer": {"type": "Split", "pattern": {"String": ","}, "behavior": "{{behavior}}"},
             "model": {"ignore_merges": true, "vocab": {"a": 0, ",": 1, "b": 2, "a,": 3, ",,": 4, ",b": 5}, "merges": []} }
            """);
        string pieces = expected.Replace("01", "3", StringComparison.Ordinal).Replace("11", "4", StringComparison.Ordinal).Replace(
            "12", "5", StringComparison.Ordinal);
        Assert.Equal(pieces.Replace('|', ' '), Ids(tokenizer, text));
    }

    [Theory]
    [InlineData("Isolated", "0 1 1 2")]
    [InlineData("Removed", "1 1")]
    [InlineData("Contiguous", "0 4 2")]
    [InlineData("MergedWithPrevious", "0 1 5")]
    [InlineData("MergedWithNext", "3 1 2")]
    public void An_inverted_split_treats_what_lies_between_as_matches(string behavior, string expected)
    {
        using Tokenizer tokenizer = Load($$"""
            {"pre_tokenizer": {"type": "Split", "pattern": {"String": ","}, "behavior": "{{behavior}}", "invert": true},
             "model": {"ignore_merges": true, "vocab": {"a": 0, ",": 1, "b": 2, "a,": 3, ",,": 4, ",b": 5}, "merges": []} }
            """);
        Assert.Equal(expected, Ids(tokenizer, "a,,b"));
    }

    [Fact]
    public void Case_is_lowered_as_unicode_says_character_by_character()
    {
        using Tokenizer tokenizer = Load("""
            {"normalizer": {"type": "Lowercase"}, "model": {"vocab": {"i": 0, "\u0307": 1, "\u03c3": 2, "\u03c2": 3, "\uD801\uDC28": 4}, "merges": []} }
            """);
        Assert.Equal("0 1 2 4", Ids(tokenizer, "\u0130\u03A3\U00010400"));
    }

    [Theory]
    [InlineData("\U0001D44Ex", "1 0")]
    [InlineData("x\U0001D44E", "0 1")]
    [InlineData("x\U0001F600", "9 2")]
    public void A_single_word_is_one_beside_characters_beyond_the_basic_plane_too(string text, string expected)
    {
        using Tokenizer tokenizer = Load("""
            {"added_tokens": [{"id": 9, "content": "x", "single_word": true}],
             "model": {"vocab": {"x": 0, "\uD835\uDC4E": 1, "\uD83D\uDE00": 2}, "merges": []} }
            """);
        Assert.Equal(expected, Ids(tokenizer, text));
    }

    [Theory]
    [InlineData("[^a]", "a\U0001D44Ea")]
    [InlineData(@"\p{L}(?!x)|.", "a\U0001D44Ea")]
    [InlineData(".", "\U0001F600a")]
    public void Expressions_never_cut_a_character_in_two(string expression, string text)
    {
        using Tokenizer tokenizer = Load($$"""
            {"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "{{expression.Replace("\\", "\\\\", StringComparison.Ordinal)}}"}, "behavior": "Isolated"},
             "model": {"vocab": {"a": 0, "\uD835\uDC4E": 1, "\uD83D\uDE00": 2}, "merges": []} }
            """);
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Fact]
    public void Letters_beyond_the_basic_plane_are_letters()
    {
        using Tokenizer tokenizer = Load("""
            {"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "\\p{L}+|\\p{N}(?!x)"}, "behavior": "Removed"},
             "model": {"vocab": {"-": 0, "\uD835\uDC4E": 1}, "merges": []} }
            """);
        Assert.Equal("0 0", Ids(tokenizer, "-\U0001D44E\U0001D44E-\U0001D7D8"));
    }

    [Theory]
    [InlineData("always", "a b<x>b", "1 2 9 2")]
    [InlineData("first", "a b<x>b", "1 2 9 3")]
    [InlineData("never", "a b<x>b", "0 2 9 3")]
    public void Metaspace_prepends_as_its_scheme_says(string scheme, string text, string expected)
    {
        using Tokenizer tokenizer = Load($$"""
            {"pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "{{scheme}}", "split": true},
             "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "{{scheme}}"}, "added_tokens": [{"id": 9, "content": "<x>"}],
             "model": {"ignore_merges": true, "vocab": {"a": 0, "▁a": 1, "▁b": 2, "b": 3}, "merges": []} }
            """);
        Assert.Equal(expected, Ids(tokenizer, text));
        Assert.Equal("a b", tokenizer.Decode(tokenizer.Encode("a b")));
    }

    private static string Ids(Tokenizer tokenizer, string text, bool addSpecialTokens = false) =>
        string.Join(' ', tokenizer.Encode(text, addSpecialTokens));

    private static Tokenizer Load(string tokenizer, string? configuration = null)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer.json"), tokenizer);
        if (configuration is not null)
        {
            File.WriteAllText(folder.File("tokenizer_config.json"), configuration);
        }

        return Tokenizer.Load(folder.Path);
    }
}
