using System.Text.Json;
using Alignment.Models.Tokenization;
using Alignment.Tests;

namespace Alignment.Models.Tests.Tokenization;

/// <summary>The same ids and texts as Hugging Face's own implementation, and as llama.cpp recorded for its test vocabularies.</summary>
public sealed class TokenizerOracleTests
{
    private const string Separator = "\n__ggml_vocab_test__\n";

    [NodeFact("tokenizers", "tokenizers/hf_phi-2_tokenizer.json")]
    public Task Phi_2() => CompareShared("hf_phi-2_tokenizer.json");

    [NodeFact("tokenizers", "tokenizers/hf_phi-3_tokenizer.json")]
    public Task Phi_3() => CompareShared("hf_phi-3_tokenizer.json");

    [NodeFact("tokenizers", "tokenizers/hf_added-tokens_tokenizer.json")]
    public Task Added_tokens() => CompareShared("hf_added-tokens_tokenizer.json");

    [NodeFact("tokenizers")]
    public Task The_embedded_model() => Compare(Path.Combine(RepositoryPaths.Root, "models", "tiny-chat"));

    [SharedDataFact("tokenizers/hf_phi-3_tokenizer.json", "tokenizers/ggml-vocab-phi-3.gguf.inp", "tokenizers/ggml-vocab-phi-3.gguf.out")]
    public void Phi_3_gives_the_recorded_ids()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Shared("hf_phi-3_tokenizer.json"), folder.File("tokenizer.json"));
        using Tokenizer tokenizer = Tokenizer.Load(folder.Path);
        string[] texts = File.ReadAllText(Shared("ggml-vocab-phi-3.gguf.inp")).Split(Separator);
        string[] expected = File.ReadAllLines(Shared("ggml-vocab-phi-3.gguf.out"));
        int compared = 0;
        foreach ((string text, string line) in texts.Zip(expected))
        {
            string ids = string.Join(' ', tokenizer.Encode(text, addSpecialTokens: false, parseSpecialTokens: false));
            Assert.Equal(line.Trim(), ids);
            compared++;
        }

        Assert.True(compared > 40, $"only {compared} texts were compared");
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
            "tokenizers/tokenize.mjs", JsonSerializer.Serialize(texts), Path.Combine(folder, "tokenizer.json"), Path.Combine(folder, "tokenizer_config.json"));
        using JsonDocument document = JsonDocument.Parse(answer);
        foreach ((string text, JsonElement expected) in texts.Zip(document.RootElement.EnumerateArray()))
        {
            int[] ids = tokenizer.Encode(text, addSpecialTokens: false);
            Assert.True(expected.GetProperty("ids").Deserialize<int[]>()!.SequenceEqual(ids), $"{JsonSerializer.Serialize(text)}: expected {expected.GetProperty("ids")}, not [{string.Join(',', ids)}]");
            Assert.Equal(expected.GetProperty("text").GetString(), tokenizer.Decode(ids, skipSpecialTokens: false));
        }
    }

    private static string Shared(string file) => Path.Combine(RepositoryPaths.SharedData, "tokenizers", file);
}
