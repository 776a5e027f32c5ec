using System.Text.Json.Nodes;
using Alignment.Tests;

namespace Alignment.Decoding.Tests;

/// <summary>Changes the tokenizer of a miniature model's folder.</summary>
internal static class TokenizerFile
{
    /// <summary>It looks for a b behind any number of a, again from every a.</summary>
    public static void CutByBacktracking(TemporaryFolder folder) => Change(folder, "pre_tokenizer", """
        {"type": "Sequence", "pretokenizers": [
          {"type": "Split", "pattern": {"Regex": "a++b"}, "behavior": "Isolated", "invert": false},
          {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]}
        """);

    public static void Change(TemporaryFolder folder, string field, string json)
    {
        JsonNode tokenizer = JsonNode.Parse(File.ReadAllText(folder.File("tokenizer.json")))!;
        tokenizer[field] = JsonNode.Parse(json);
        File.WriteAllText(folder.File("tokenizer.json"), tokenizer.ToJsonString());
    }
}
