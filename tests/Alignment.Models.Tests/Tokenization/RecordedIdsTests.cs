using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Alignment.Models.Tests.Tokenization.Vocabularies;
using Alignment.Models.Tokenization;
using Alignment.Tests;

namespace Alignment.Models.Tests.Tokenization;

/// <summary>The ids that llama.cpp and tiktoken recorded for their test texts.</summary>
public sealed partial class RecordedIdsTests
{
    private const string Separator = "\n__ggml_vocab_test__\n";

    [SharedDataFact("tokenizers/ggml-vocab-phi-3.gguf.out")]
    public void Phi_3() => Compare("ggml-vocab-phi-3", JsonNode.Parse(File.ReadAllText(Shared("hf_phi-3_tokenizer.json")))!.AsObject());

    [SharedDataFact("tokenizers/ggml-vocab-llama-spm.gguf.out")]
    public void Llama_2() => Compare("ggml-vocab-llama-spm", TokenizerJson.FromGgufPieces(Shared("ggml-vocab-llama-spm.gguf")));

    [SharedDataFact("tokenizers/ggml-vocab-llama-bpe.gguf.out")]
    public void Llama_3() =>
        Compare("ggml-vocab-llama-bpe", TokenizerJson.FromTiktoken(Shared("llama3_tokenizer.model"), TokenizerJson.Llama3Words));

    [SharedDataFact("tokenizers/ggml-vocab-gpt-2.gguf.out")]
    public void Gpt_2() => Compare("ggml-vocab-gpt-2", TokenizerJson.FromGgufBytes(Shared("ggml-vocab-gpt-2.gguf")));

    [SharedDataFact("tokenizers/ggml-vocab-starcoder.gguf.out")]
    public void StarCoder() =>
        Compare("ggml-vocab-starcoder", TokenizerJson.FromGgufBytes(Shared("ggml-vocab-starcoder.gguf"), TokenizerJson.Digits()));

    [SharedDataFact("tokenizers/ggml-vocab-qwen2.gguf.out", "tokenizers/ggml-vocab-deepseek-r1-qwen.gguf.out")]
    public void Qwen_2()
    {
        JsonObject qwen = TokenizerJson.Qwen2(Shared("qwen.tiktoken"));
        Compare("ggml-vocab-qwen2", qwen);
        Compare("ggml-vocab-deepseek-r1-qwen", qwen);
    }

    [SharedDataFact("tokenizers/tiktoken_TestPlans.txt")]
    public void Tiktoken()
    {
        ComparePlans("r50k_base", TokenizerJson.Gpt2Words);
        ComparePlans("o200k_base", TokenizerJson.Gpt4oWords);
    }

    private static void Compare(string vocabulary, JsonObject description)
    {
        using var folder = new TemporaryFolder();
        using Tokenizer tokenizer = Load(folder, description);
        string[] texts = File.ReadAllText(Shared($"{vocabulary}.gguf.inp")).Split(Separator);
        string[] expected = File.ReadAllLines(Shared($"{vocabulary}.gguf.out"));
        Assert.True(Math.Min(texts.Length, expected.Length) > 40, $"only {texts.Length} texts and {expected.Length} answers");
        foreach ((string text, string line) in texts.Zip(expected))
        {
            Assert.Equal(line.Trim(), string.Join(' ', tokenizer.Encode(text, addSpecialTokens: false, parseSpecialTokens: false)));
        }
    }

    private static void ComparePlans(string encoding, string words)
    {
        using var folder = new TemporaryFolder();
        using Tokenizer tokenizer = Load(folder, TokenizerJson.FromTiktoken(Shared($"{encoding}.tiktoken"), words));
        // Rank files have no control tokens, so texts with some are left out.
        Match[] plans = [.. Plan().Matches(File.ReadAllText(Shared("tiktoken_TestPlans.txt")))
            .Where(
                plan => plan.Groups["encoding"].Value == encoding && !plan.Groups["text"].Value.Contains("<|", StringComparison.Ordinal))];
        Assert.True(plans.Length > 60, $"only {plans.Length} plans");
        foreach (Match plan in plans)
        {
            int[] ids = tokenizer.Encode(plan.Groups["text"].Value, addSpecialTokens: false, parseSpecialTokens: false);
            Assert.Equal(JsonSerializer.Deserialize<int[]>(plan.Groups["ids"].Value), ids);
        }
    }

    private static Tokenizer Load(TemporaryFolder folder, JsonObject description)
    {
        File.WriteAllText(folder.File("tokenizer.json"), description.ToJsonString());
        return Tokenizer.Load(folder.Path);
    }

    private static string Shared(string file) => Path.Combine(RepositoryPaths.SharedData, "tokenizers", file);

    [GeneratedRegex(@"EncodingName: (?<encoding>\S+)\r?\nSample: (?<text>.*?)\r?\nEncoded: (?<ids>\[.*?\])", RegexOptions.Singleline)]
    private static partial Regex Plan();
}
