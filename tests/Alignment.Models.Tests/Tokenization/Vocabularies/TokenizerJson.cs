using System.Globalization;
using System.Text.Json.Nodes;
using Alignment.Models.Tokenization;
using Alignment.Models.Tokenization.Pipeline;

namespace Alignment.Models.Tests.Tokenization.Vocabularies;

/// <summary>Writes vocabularies of other formats as the tokenizer.json that Hugging Face's converters make of them.</summary>
internal static class TokenizerJson
{
    public const string Gpt2Words = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    public const string Llama3Words =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Qwen2Words =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    public const string Gpt4oWords =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|" +
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|" +
        @"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Qwen 2, which also composes its text.</summary>
    public static JsonObject Qwen2(string path) => FromTiktoken(path, Qwen2Words, new JsonObject { ["type"] = "NFC" });

    /// <summary>tiktoken: a line a token, its bytes in base 64 and its rank, which is its id. Words of one token skip the merges.</summary>
    public static JsonObject FromTiktoken(string path, string words, JsonObject? normalizer = null)
    {
        string[] tokens = [.. File.ReadLines(path).Where(line => line.Length > 0).Select(Spell)];
        JsonObject pattern = new()
        {
            ["type"] = "Split",
            ["pattern"] = new JsonObject { ["Regex"] = words },
            ["behavior"] = "Isolated",
            ["invert"] = false,
        };
        return Describe(
            tokens, JoinsOf(tokens, id => id), [], normalizer, Sequence(
                "pretokenizers", pattern, ByteLevel(usesRegex: false)), ByteLevel(), ignoreMerges: true);
    }

    /// <summary>GGUF with byte-level BPE.</summary>
    public static JsonObject FromGgufBytes(string path, params JsonNode[] preTokenizers)
    {
        Dictionary<string, object> metadata = GgufMetadata.Read(path);
        string[] tokens = Texts(metadata, "tokenizer.ggml.tokens");
        return Describe(
            tokens, Texts(metadata, "tokenizer.ggml.merges"), Control(metadata, tokens), null, Sequence(
                "pretokenizers", [.. preTokenizers, ByteLevel()]), ByteLevel());
    }

    /// <summary>GGUF with SentencePiece BPE: the merges are the ways to cut a piece in two, the best-scored piece first.</summary>
    public static JsonObject FromGgufPieces(string path)
    {
        Dictionary<string, object> metadata = GgufMetadata.Read(path);
        string[] tokens = Texts(metadata, "tokenizer.ggml.tokens");
        float[] scores = [.. ((List<object>)metadata["tokenizer.ggml.scores"]).Cast<float>()];
        JsonObject mark = new() { ["String"] = "▁" };
        JsonNode normalizer = Sequence(
            "normalizers",
            new JsonObject { ["type"] = "Prepend", ["prepend"] = "▁" },
            new JsonObject { ["type"] = "Replace", ["pattern"] = new JsonObject { ["String"] = " " }, ["content"] = "▁" });
        JsonNode decoder = Sequence(
            "decoders",
            new JsonObject { ["type"] = "Replace", ["pattern"] = mark, ["content"] = " " },
            new JsonObject { ["type"] = "ByteFallback" },
            new JsonObject { ["type"] = "Fuse" },
            new JsonObject { ["type"] = "Strip", ["content"] = " ", ["start"] = 1, ["stop"] = 0 });
        return Describe(
            tokens, JoinsOf(tokens, id => -scores[id]), Control(metadata, tokens), normalizer, null, decoder, byteFallback: true);
    }

    public static JsonObject Digits() => new() { ["type"] = "Digits", ["individual_digits"] = true };

    private static JsonObject Describe(
        string[] tokens, IEnumerable<string> merges, JsonArray added, JsonNode? normalizer, JsonNode? preTokenizer, JsonNode decoder,
        bool byteFallback = false, bool ignoreMerges = false)
    {
        var vocabulary = new JsonObject();
        foreach ((int id, string token) in tokens.Index())
        {
            vocabulary[token] = id;
        }

        return new JsonObject
        {
            ["added_tokens"] = added,
            ["normalizer"] = normalizer,
            ["pre_tokenizer"] = preTokenizer,
            ["post_processor"] = null,
            ["decoder"] = decoder,
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["unk_token"] = byteFallback ? "<unk>" : null,
                ["fuse_unk"] = byteFallback,
                ["byte_fallback"] = byteFallback,
                ["ignore_merges"] = ignoreMerges,
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. merges.Select(merge => JsonValue.Create(merge))]),
            },
        };
    }

    /// <summary>Every way to make a token of two others, in order of the tokens' ranks.</summary>
    private static IEnumerable<string> JoinsOf(string[] tokens, Func<int, float> rank)
    {
        Dictionary<string, int> ids = tokens.Index().ToDictionary(token => token.Item, token => token.Index);
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (int id in Enumerable.Range(0, tokens.Length).OrderBy(rank))
        {
            string token = tokens[id];
            List<(int Left, int Right, int At)> cuts = [];
            for (int at = 1; at < token.Length; at++)
            {
                if (lookup.TryGetValue(token.AsSpan(0, at), out int left) && lookup.TryGetValue(token.AsSpan(at), out int right))
                {
                    cuts.Add((left, right, at));
                }
            }

            cuts.Sort();
            foreach ((_, _, int at) in cuts)
            {
                yield return $"{token[..at]} {token[at..]}";
            }
        }
    }

    private static string Spell(string line)
    {
        string[] fields = line.Split(' ');
        return string.Concat(Convert.FromBase64String(fields[0]).Select(ByteAlphabet.Character));
    }

    private static string[] Texts(Dictionary<string, object> metadata, string key) => [.. ((List<object>)metadata[key]).Cast<string>()];

    /// <summary>Tokens of GGUF's types unknown (2) and control (3) are special.</summary>
    private static JsonArray Control(Dictionary<string, object> metadata, string[] tokens) =>
        [.. ((List<object>)metadata["tokenizer.ggml.token_type"]).Index()
            .Where(token => Convert.ToInt32(token.Item, CultureInfo.InvariantCulture) is 2 or 3)
            .Select(token => new JsonObject
            {
                ["id"] = token.Index, ["content"] = tokens[token.Index], ["normalized"] = false, ["special"] = true,
                ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false,
            })];

    private static JsonObject ByteLevel(bool usesRegex = true) =>
        new() { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = usesRegex };

    private static JsonObject Sequence(string name, params JsonNode[] steps) =>
        new() { ["type"] = "Sequence", [name] = new JsonArray(steps) };
}
