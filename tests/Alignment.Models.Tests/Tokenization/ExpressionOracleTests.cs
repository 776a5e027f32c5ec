using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Alignment.Models.Tokenization;
using Alignment.Tests;

namespace Alignment.Models.Tests.Tokenization;

/// <summary>Expressions cut every text as Hugging Face's own library does, or are refused.</summary>
public sealed class ExpressionOracleTests
{
    private static readonly string[] s_behaviors = ["Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous"];

    /// <summary>Of published tokenizers, then one for each meaning that other libraries do not share.</summary>
    private static readonly string[] s_expressions =
    [
        @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        @"[\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| "
        + "?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+",
        @" ?[^(\s|[.,!?…。，、।۔،])]+",
        "[一-龥\u3040-ゟ゠-ヿ]+",
        "[0-9][0-9][0-9]",
        @"\s+$",
        @"(?<!\d)\d{1,3}(?=(?:\d{3})*\b)",
        @"\d{1,3}(?=(?:\d{3})*\b)",
        @" ?[^\s]+|\s+",
        "^a|b$",
        @"\Aa|b\z|1\Z",
        "^",
        "$",
        @"\b",
        @"\B",
        @"\b\w+\b",
        @"\w+",
        @"\W+",
        @"\d+",
        @"\D",
        @"\s",
        @"\S+",
        @"\h+",
        @"\H",
        ".",
        ".+",
        "(?m:.+)",
        "(?m).a",
        "[^a]",
        "[^a]+",
        "[^\\p{L}]",
        "a{1,2}+",
        "a{2}+b?",
        "a{,2}",
        "a{2,}",
        "a++b",
        "a++a",
        "a*+",
        "a?+a",
        "a+?",
        "a*?b",
        "a??b",
        "a{1,2}?",
        "(?>a|ab)b",
        "(?>a+)b",
        "(?:a|ab)(?:b|bb)",
        "(a)(b)",
        "(?<name>a+)",
        "(?#note)a",
        "(?i:s)",
        "(?i:k)",
        "(?i:'s)",
        "(?i:[sk])+",
        "(?i:[^sk])+",
        "(?i)a",
        "b(?i)a|s",
        "(?i:a(?-i:b))",
        @"(?i:\p{Lu})",
        @"(?i:[\s\d]a)",
        "(?i:\\x41)",
        "[a[bc]]+",
        "[^a[bc]]+",
        "[[^a]b]",
        "[a-c&&[^b]]+",
        "[a-c&&b-d&&c]",
        "[^a-c&&b]",
        "[a-]",
        "[-a]+",
        "[a^]",
        @"[\^a]",
        @"[\w&&[^\d_]]+",
        "[[:punct:]]+",
        "[[:space:]]",
        "[[:^space:]]+",
        "[[:digit:][:word:]]+",
        "[(a)|b]+",
        @"[\]\[]",
        @"[\x41-\x43]",
        @"[\x{1D400}-\x{1D7FF}]+",
        "[\U0001F600-\U0001F64F]",
        "\U0001D44E+",
        "a|\U0001F600",
        @"\p{^L}+",
        @"\P{L}+",
        @"\p{^Lu}",
        @"\p{LC}+",
        @"\p{ letter }",
        @"\p{Punct}",
        @"\p{Any}",
        "(?<=a)b",
        "(?<!a)b",
        "(?<=a|1)b",
        @"(?<=\s{2})a",
        "(?<=\U0001D44E)",
        "(?<!\U0001D44E|a)b",
        "(?=a)",
        "(?!a)",
        "(?=ab|b)",
        "a(?!b)",
        "a(?=(?!b).)",
        "", "a|", "|a", "a*", "(?:)", "a}", "a]", @"\-\_\!", @"\t|\n|\r|\f|\v|\a|\e", @"\u0061", "\\é", "é",
    ];

    [NodeFact("tokenizers")]
    public async Task Listed_expressions_cut_as_the_original_does()
    {
        string[] texts = Texts(400);
        int same = await StepOracle.CompareAsync([.. s_expressions.Select(expression => Split(expression, texts))]);
        Assert.Equal(s_expressions.Length, same);
    }

    [NodeFact("tokenizers")]
    public async Task Every_behavior_treats_matches_as_the_original_does()
    {
        string[] texts = Texts(150);
        StepOracle.Case[] cases =
        [
            .. from behavior in s_behaviors
               from invert in new[] { false, true }
               from expression in new[] { "a", "a*", @"\w+", " ", "b|$", @"\s+(?!\S)|\s+", "^" }
               select new StepOracle.Case(null, StepOracle.Split(expression, behavior, invert), texts),
        ];
        Assert.Equal(cases.Length, await StepOracle.CompareAsync(cases));
    }

    [NodeFact("tokenizers")]
    public async Task Random_expressions_cut_as_the_original_does_or_are_refused()
    {
        // Short, since the original gives up on what takes it too many tries.
        string[] texts = [.. Enumerable.Range(0, 25).Select(i => RandomExpression.Text((ulong)i))];
        StepOracle.Case[] cases = [.. Enumerable.Range(0, 3000).Select(i => Split(new RandomExpression((ulong)i).Write(), texts))];
        Assert.InRange(await StepOracle.CompareAsync(cases), 1000, 3000);
    }

    [NodeFact("tokenizers")]
    public async Task Added_tokens_are_found_where_the_original_finds_them()
    {
        string[] texts = [.. TextCorpus.Texts, .. Enumerable.Range(0, 500).Select(i => RandomAddedTokens.Text((ulong)i))];
        for (ulong index = 0; index < 12; index++)
        {
            using var folder = new TemporaryFolder();
            File.WriteAllText(folder.File("tokenizer.json"), RandomAddedTokens.Describe(index, texts).ToJsonString());
            using Tokenizer tokenizer = Tokenizer.Load(folder.Path);
            string answers = await NodeOracle.RunAsync(
                "tokenizers/tokenize.mjs", JsonSerializer.Serialize(texts), folder.File("tokenizer.json"));
            foreach ((string text, JsonNode? answer) in texts.Zip(JsonNode.Parse(answers)!.AsArray()))
            {
                string expected = string.Join(' ', answer!["ids"]!.AsArray());
                string actual = string.Join(' ', tokenizer.Encode(text, addSpecialTokens: false));
                Assert.True(expected == actual, $"{index} on {JsonSerializer.Serialize(text)}: expected {expected}, not {actual}");
            }
        }
    }

    [NodeFact("tokenizers")]
    public async Task Other_steps_cut_as_the_original_does()
    {
        string[] steps =
        [
            """{"type": "Whitespace"}""", """{"type": "WhitespaceSplit"}""",
            """{"type": "Digits", "individual_digits": true}""", """{"type": "Digits", "individual_digits": false}""",
            """{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true}""",
        ];
        string[] texts = [.. Texts(400), .. AllCharacters()];
        StepOracle.Case[] cases = [.. steps.Select(step => new StepOracle.Case(null, JsonNode.Parse(step)!.AsObject(), texts))];
        Assert.Equal(steps.Length, await StepOracle.CompareAsync(cases));
    }

    [NodeFact("tokenizers")]
    public async Task Normalizers_write_as_the_original_does()
    {
        string[] steps =
        [
            """{"type": "Lowercase"}""", """{"type": "Strip", "strip_left": true, "strip_right": true}""",
            """{"type": "Prepend", "prepend": "▁"}""", """{"type": "Replace", "pattern": {"Regex": "a*"}, "content": "-"}""",
            """{"type": "Replace", "pattern": {"Regex": "[^\\p{L}]+$"}, "content": "$0"}""",
            """{"type": "Replace", "pattern": {"String": "a"}, "content": "bb"}""",
        ];
        string[] texts = [.. Texts(400), .. AllCharacters()];
        StepOracle.Case[] cases = [.. steps.Select(step => new StepOracle.Case(JsonNode.Parse(step)!.AsObject(), null, texts))];
        Assert.Equal(steps.Length, await StepOracle.CompareAsync(cases));
    }

    /// <summary>For these the original has tables of an older Unicode, so that the newest characters are left out.</summary>
    [NodeFact("tokenizers")]
    public async Task Steps_with_older_tables_do_as_the_original_does()
    {
        string[] texts = [.. TextCorpus.Texts, .. Enumerable.Range(0, 1000).Select(i => RandomExpression.Text((ulong)i))];
        StepOracle.Case[] cases =
        [
            .. new[] { "Isolated", "Contiguous", "Removed", "MergedWithNext" }
                .Select(behavior => new StepOracle.Case(null, new JsonObject { ["type"] = "Punctuation", ["behavior"] = behavior }, texts)),
            .. new[] { "NFC", "NFD" }.Select(form => new StepOracle.Case(new JsonObject { ["type"] = form }, null, texts)),
        ];
        Assert.Equal(cases.Length, await StepOracle.CompareAsync(cases));
    }

    [NodeFact("tokenizers")]
    public async Task Named_sets_have_the_members_of_the_original()
    {
        string[] sets =
        [
            @"\w",
            @"\s",
            @"\d",
            @"\h",
            @"\p{L}",
            @"\p{M}",
            @"\p{N}",
            @"\p{P}",
            @"\p{S}",
            @"\p{Z}",
            @"\p{Lu}",
            @"\p{Ll}",
            @"\p{Lt}",
            @"\p{Lm}",
            @"\p{Lo}",
            @"\p{Mn}",
            @"\p{Nd}",
            @"\p{Nl}",
            @"\p{No}",
            @"\p{Pc}",
            @"\p{Sc}",
            @"\p{Zs}",
            @"\p{Cc}",
            @"\p{Cf}",
            @"\p{Co}",
            @"\p{Han}",
            @"\p{Punct}",
            "[[:punct:]]", "[[:cntrl:]]", "[[:xdigit:]]", "[[:word:]]", "(?i:[a-z])", "(?i:[^a-z])", "(?i:s)", "(?i:k)",
        ];
        string[] texts = [.. AllCharacters()];
        Assert.Equal(sets.Length, await StepOracle.CompareAsync([.. sets.Select(set => Split(set + "+", texts))]));
    }

    private static StepOracle.Case Split(string expression, string[] texts) => new(null, StepOracle.Split(expression), texts);

    /// <summary>Every character of .NET's Unicode, which is the original's too: what a newer one assigns is nothing to either.</summary>
    private static IEnumerable<string> AllCharacters() => Enumerable.Range(0, 0x110000).Where(IsAssigned).Chunk(128)
        .Select(points => string.Concat(points.Select(char.ConvertFromUtf32)));

    private static bool IsAssigned(int point) =>
        Rune.IsValid(point) && CharUnicodeInfo.GetUnicodeCategory(point) != UnicodeCategory.OtherNotAssigned;

    private static string[] Texts(int count) =>
    [
        .. TextCorpus.Texts,
        .. Enumerable.Range(0, count).Select(i => RandomExpression.Text((ulong)i)),
        .. Enumerable.Range(0, count / 4).Select(i => TextCorpus.Random((ulong)i)),
    ];
}
