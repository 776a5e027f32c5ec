using System.Text.Json.Nodes;

namespace Alignment.Tests.Models;

/// <summary>A byte-level tokenizer without merges: byte b is token b, and five special tokens follow.</summary>
internal static class TinyTokenizer
{
    public const int Begin = 256;
    public const int System = 257;
    public const int User = 258;
    public const int Assistant = 259;
    public const int End = 260;

    private const string Template =
        "{{ bos_token }}{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";

    private static readonly string[] s_special = ["<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"];

    public static void Write(string folder)
    {
        var vocabulary = new JsonObject();
        for (int b = 0; b < 256; b++)
        {
            vocabulary[Letter(b).ToString()] = b;
        }

        var tokenizer = new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray([.. s_special.Select((text, i) => (JsonNode)Added(text, Begin + i))]),
            ["normalizer"] = null,
            ["pre_tokenizer"] =
                new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = true },
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = new JsonArray() },
        };
        var settings = new JsonObject { ["bos_token"] = s_special[0], ["eos_token"] = s_special[^1], ["chat_template"] = Template };
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), tokenizer.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), settings.ToJsonString());
    }

    private static JsonObject Added(string text, int id) => new()
    {
        ["id"] = id,
        ["content"] = text,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = true,
    };

    /// <summary>GPT-2's printable letter for a byte.</summary>
    private static char Letter(int value)
    {
        bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
        if (printable)
        {
            return (char)value;
        }

        int before = Enumerable.Range(0, value).Count(
            b => b is not ((>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF)));
        return (char)(256 + before);
    }
}
