using System.Text;
using System.Text.Json.Nodes;
using Alignment.Compute.Contract.Random;

namespace Alignment.Models.Tests.Tokenization;

/// <summary>Tokenizers whose vocabulary is the characters of some texts, with added tokens of random flags.</summary>
internal static class RandomAddedTokens
{
    // None is a token of the vocabulary: what both are, no text may become here.
    private static readonly string[] s_contents =
        [
            "ab", "abc", "bc", "B1", "<x>", "\u00E9\u0301", "\U0001D44Ea", "a\U0001D44E", "1\u24B6", "\u0130a", "--",
            "\U0001F600\U0001F600", "\u200D_", "\u6F22a",
        ];

    private static readonly string[] s_neighbours =
        [
            "a", "B", "1", " ", " ", "\n", "\u00A0", "-", "_", "\u0301", "\u200D", "\u00B2", "\u24B6", "\u2167", "\u6F22", "\U0001D44E",
            "\U0001F600", "\U00020000",
        ];

    /// <summary>Up to 8 contents of tokens and characters that may stand beside them.</summary>
    public static string Text(ulong index)
    {
        ulong draws = 0;
        int Draw(int count) => (int)(Philox.Uniform(32, index, draws++) * count);
        return string.Concat(
            Enumerable.Range(0, Draw(9)).Select(
                _ => Draw(2) == 0 ? s_contents[Draw(s_contents.Length)] : s_neighbours[Draw(s_neighbours.Length)]));
    }

    public static JsonObject Describe(ulong index, IEnumerable<string> texts)
    {
        var vocabulary = new JsonObject();
        foreach (Rune rune in texts.SelectMany(text => text.EnumerateRunes()).Concat("\u0307i".EnumerateRunes()).Distinct())
        {
            vocabulary[rune.ToString()] = vocabulary.Count;
        }

        ulong draws = 0;
        bool Flag() => Philox.Uniform(31, index, draws++) < 0.5;
        string[] contents = [.. s_contents.Where(_ => Philox.Uniform(31, index, draws++) < 0.5)];
        JsonNode[] added =
        [
            .. contents.Select((content, i) => new JsonObject
            {
                ["id"] = vocabulary.Count + i, ["content"] = content, ["special"] = false,
                ["normalized"] = Flag(), ["single_word"] = Flag(), ["lstrip"] = Flag(), ["rstrip"] = Flag(),
            }),
        ];
        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(added),
            ["normalizer"] = index % 2 == 0 ? new JsonObject { ["type"] = "Lowercase" } : null,
            ["pre_tokenizer"] = null,
            ["post_processor"] = null,
            ["decoder"] = null,
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = new JsonArray() },
        };
    }
}
