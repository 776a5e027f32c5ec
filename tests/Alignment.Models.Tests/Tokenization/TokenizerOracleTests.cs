using System.Text.Json;
using System.Text.Json.Nodes;
using Alignment.Models.Tests.Tokenization.Vocabularies;
using Alignment.Models.Tokenization;
using Alignment.Tests;

namespace Alignment.Models.Tests.Tokenization;

/// <summary>The same ids and texts as Hugging Face's own library.</summary>
public sealed class TokenizerOracleTests
{
    [NodeFact("tokenizers", "tokenizers/hf_phi-2_tokenizer.json")]
    public Task Phi_2() => CompareShared("hf_phi-2_tokenizer.json");

    [NodeFact("tokenizers", "tokenizers/hf_phi-3_tokenizer.json")]
    public Task Phi_3() => CompareShared("hf_phi-3_tokenizer.json");

    [NodeFact("tokenizers", "tokenizers/hf_added-tokens_tokenizer.json")]
    public async Task Added_tokens()
    {
        // The vocabulary was cut short, and the original gives added tokens behind a gap other ids than the file.
        JsonObject description = JsonNode.Parse(File.ReadAllText(Shared("hf_added-tokens_tokenizer.json")))!.AsObject();
        JsonObject vocabulary = description["model"]!["vocab"]!.AsObject();
        HashSet<int> taken =
        [
            .. vocabulary.Select(token => (int)token.Value!),
            .. description["added_tokens"]!.AsArray().Select(token => (int)token!["id"]!),
        ];
        foreach (int id in Enumerable.Range(0, taken.Max()).Except(taken))
        {
            vocabulary[$"filler {id}"] = id;
        }

        await CompareConverted(description);
    }

    [NodeFact("tokenizers")]
    public Task The_embedded_model() => Compare(Path.Combine(RepositoryPaths.Root, "models", "tiny-chat"));

    [NodeFact("tokenizers", "tokenizers/ggml-vocab-llama-spm.gguf")]
    public Task Llama_2() => CompareConverted(TokenizerJson.FromGgufPieces(Shared("ggml-vocab-llama-spm.gguf")));

    [NodeFact("tokenizers", "tokenizers/llama3_tokenizer.model")]
    public Task Llama_3() => CompareConverted(TokenizerJson.FromTiktoken(Shared("llama3_tokenizer.model"), TokenizerJson.Llama3Words));

    [NodeFact("tokenizers", "tokenizers/qwen.tiktoken")]
    public Task Qwen_2() => CompareConverted(TokenizerJson.Qwen2(Shared("qwen.tiktoken")));

    private static async Task CompareConverted(JsonObject description)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer.json"), description.ToJsonString());
        await Compare(folder.Path);
    }

    private static async Task CompareShared(string file)
    {
        using var folder = new TemporaryFolder();
        File.Copy(Shared(file), folder.File("tokenizer.json"));
        await Compare(folder.Path);
    }

    private static async Task Compare(string folder)
    {
        using Tokenizer tokenizer = Tokenizer.Load(folder);
        string[] texts = [.. TextCorpus.Texts, .. Enumerable.Range(0, 2000).Select(i => TextCorpus.Random((ulong)i))];
        string answer = await NodeOracle.RunAsync(
            "tokenizers/tokenize.mjs", JsonSerializer.Serialize(texts), Path.Combine(folder, "tokenizer.json"));
        using JsonDocument document = JsonDocument.Parse(answer);
        foreach ((string text, JsonElement expected) in texts.Zip(document.RootElement.EnumerateArray()))
        {
            int[] ids = tokenizer.Encode(text, addSpecialTokens: false);
            Assert.True(
                expected.GetProperty("ids").Deserialize<int[]>()!.SequenceEqual(ids),
                $"{JsonSerializer.Serialize(text)}: expected {expected.GetProperty("ids")}, not [{string.Join(',', ids)}]");
            Assert.Equal(expected.GetProperty("text").GetString(), tokenizer.Decode(ids, skipSpecialTokens: false));
        }
    }

    private static string Shared(string file) => Path.Combine(RepositoryPaths.SharedData, "tokenizers", file);
}
