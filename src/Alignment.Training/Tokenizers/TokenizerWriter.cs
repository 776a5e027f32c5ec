using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Alignment.Training.Checkpoints;

namespace Alignment.Training.Tokenizers;

/// <summary>Writes a trained vocabulary in Hugging Face's layout.</summary>
public static class TokenizerWriter
{
    private static readonly JsonSerializerOptions s_json =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// Writes <c>tokenizer.json</c> and <c>tokenizer_config.json</c>, each as a whole. Plain text is encoded with <paramref name="bos"/>
    /// in front, as Llama does; a chat template writes its own.
    /// </summary>
    public static void Write(BpeVocabulary vocabulary, string bos, string eos, string? chatTemplate, string folder)
    {
        var config = new JsonObject
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["bos_token"] = bos,
            ["eos_token"] = eos,
            ["clean_up_tokenization_spaces"] = false,
        };
        if (chatTemplate is not null)
        {
            config["chat_template"] = chatTemplate;
        }

        Write(Describe(vocabulary, bos), Path.Combine(folder, "tokenizer.json"));
        Write(config, Path.Combine(folder, "tokenizer_config.json"));
    }

    private static void Write(JsonObject json, string path) =>
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, json, s_json));

    private static JsonObject Describe(BpeVocabulary vocabulary, string bos) => new()
    {
        ["version"] = "1.0",
        ["truncation"] = null,
        ["padding"] = null,
        ["added_tokens"] = new JsonArray([.. vocabulary.Tokens.Take(vocabulary.SpecialTokens).Select(AddedToken)]),
        ["normalizer"] = null,
        ["pre_tokenizer"] = new JsonObject
        {
            ["type"] = "Sequence",
            ["pretokenizers"] = new JsonArray(
                new JsonObject
                {
                    ["type"] = "Split",
                    ["pattern"] = new JsonObject { ["Regex"] = vocabulary.Pattern.Expression },
                    ["behavior"] = "Isolated",
                    ["invert"] = false,
                },
                ByteLevel()),
        },
        ["post_processor"] = Template(bos, IndexOf(vocabulary.Tokens, bos)),
        ["decoder"] = ByteLevel(),
        ["model"] = Model(vocabulary),
    };

    private static JsonObject AddedToken(string content, int id) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = true,
    };

    private static JsonObject ByteLevel() => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = false,
        ["trim_offsets"] = true,
        ["use_regex"] = false,
    };

    private static JsonObject Template(string bos, int id) => new()
    {
        ["type"] = "TemplateProcessing",
        ["single"] = new JsonArray(SpecialToken(bos, 0), Sequence("A", 0)),
        ["pair"] = new JsonArray(SpecialToken(bos, 0), Sequence("A", 0), SpecialToken(bos, 1), Sequence("B", 1)),
        ["special_tokens"] = new JsonObject
        {
            [bos] = new JsonObject { ["id"] = bos, ["ids"] = new JsonArray(id), ["tokens"] = new JsonArray(bos) },
        },
    };

    private static JsonObject SpecialToken(string token, int type) =>
        new() { ["SpecialToken"] = new JsonObject { ["id"] = token, ["type_id"] = type } };

    private static JsonObject Sequence(string name, int type) =>
        new() { ["Sequence"] = new JsonObject { ["id"] = name, ["type_id"] = type } };

    private static JsonObject Model(BpeVocabulary vocabulary)
    {
        var ids = new JsonObject();
        foreach ((int id, string token) in vocabulary.Tokens.Index())
        {
            ids[token] = id;
        }

        return new JsonObject
        {
            ["type"] = "BPE",
            ["dropout"] = null,
            ["unk_token"] = null,
            ["continuing_subword_prefix"] = null,
            ["end_of_word_suffix"] = null,
            ["fuse_unk"] = false,
            ["byte_fallback"] = false,
            ["ignore_merges"] = false,
            ["vocab"] = ids,
            ["merges"] = new JsonArray([.. vocabulary.Merges.Select(merge =>
                JsonValue.Create($"{vocabulary.Tokens[merge.Left]} {vocabulary.Tokens[merge.Right]}"))]),
        };
    }

    private static int IndexOf(IReadOnlyList<string> tokens, string token)
    {
        foreach ((int id, string candidate) in tokens.Index())
        {
            if (candidate == token)
            {
                return id;
            }
        }

        throw new ArgumentException($"'{token}' is not a token of the vocabulary.", nameof(token));
    }
}
