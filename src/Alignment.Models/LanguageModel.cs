using Alignment.Compute.Contract;
using Alignment.Models.Checkpoints;
using Alignment.Models.Configuration;
using Alignment.Models.Files;
using Alignment.Models.Tokenization;
using Alignment.Models.Transformers;
using Alignment.Templates;
using Alignment.Templates.Limits;

namespace Alignment.Models;

/// <summary>A model folder as a whole: weights, tokenizer, chat template, and the tokens that end a response. Owns them.</summary>
public sealed class LanguageModel : IDisposable
{
    private LanguageModel(
        string name, Transformer transformer, Tokenizer tokenizer, ChatTemplate? template, IReadOnlySet<int> endTokens, string sha256)
    {
        (Name, Transformer, Tokenizer, ChatTemplate, EndTokens, WeightsSha256) = (
            name, transformer, tokenizer, template, endTokens, sha256);
    }

    /// <summary>The folder's name, or that of the cached repository that it is a snapshot of.</summary>
    public string Name { get; }

    /// <summary>Shape of the model.</summary>
    public ModelConfig Config => Transformer.Config;

    /// <summary>The frozen weights.</summary>
    public Transformer Transformer { get; }

    /// <summary>Text to ids and back.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Conversation to text, where the folder has a template.</summary>
    public ChatTemplate? ChatTemplate { get; }

    /// <summary>Every token that ends a response: those of config.json, generation_config.json and the tokenizer.</summary>
    public IReadOnlySet<int> EndTokens { get; }

    /// <summary>Hash of the weights: what heads and adapters say they were trained for.</summary>
    public string WeightsSha256 { get; }

    /// <summary>Loads a Hugging Face folder.</summary>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged or unsupported; the message names file and field.</exception>
    public static LanguageModel Load(string folder, IBackend backend, TransformerLimits? limits = null)
    {
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        Tokenizer tokenizer = Tokenizer.Load(folder);
        FileProblem.Require(
            tokenizer.VocabularySize <= checkpoint.Config.VocabularySize, Path.Combine(folder, "tokenizer.json"), "vocab",
            $"has {tokenizer.VocabularySize} tokens where the model has {checkpoint.Config.VocabularySize}");
        ChatTemplate? template = ParseTemplate(folder, tokenizer);
        IReadOnlySet<int> endTokens = ReadEndTokens(folder, checkpoint.Config, tokenizer);
        Transformer transformer = Transformer.Load(checkpoint, backend, limits ?? new TransformerLimits());
        return new LanguageModel(HubCache.NameOf(folder), transformer, tokenizer, template, endTokens, checkpoint.WeightsSha256);
    }

    /// <summary>
    /// Refuses a head or an adapter whose description says (<c>base_model_sha256</c>) that it was trained over other weights.
    /// </summary>
    /// <exception cref="InvalidDataException">It does.</exception>
    public void RequireTrainedFor(JsonFields fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        if (fields.Text("base_model_sha256") is { } sha256 && sha256 != WeightsSha256)
        {
            throw fields.Problem("base_model_sha256", $"was trained for {FileProblem.Shorten(sha256)}, not for {Name} ({WeightsSha256})");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Transformer.Dispose();
        Tokenizer.Dispose();
    }

    private static ChatTemplate? ParseTemplate(string folder, Tokenizer tokenizer)
    {
        try
        {
            return tokenizer.ChatTemplate is { } source ? ChatTemplate.Parse(source) : null;
        }
        catch (ChatTemplateException fault)
        {
            throw FileProblem.Of(folder, "chat_template", fault.Message);
        }
    }

    private static HashSet<int> ReadEndTokens(string folder, ModelConfig config, Tokenizer tokenizer)
    {
        HashSet<int> ids = [.. config.EosTokenIds];
        string path = Path.Combine(folder, "generation_config.json");
        if (File.Exists(path))
        {
            ids.UnionWith(new JsonFields(path, JsonFile.ReadObject(path)).Integers("eos_token_id", 0, config.VocabularySize - 1));
        }

        if (tokenizer.EosToken is { } text && tokenizer.TokenId(text) is { } id)
        {
            ids.Add(id);
        }

        return ids;
    }
}
