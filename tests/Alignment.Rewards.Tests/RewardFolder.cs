using System.Text.Json.Nodes;
using Alignment.Compute.Reference;
using Alignment.Models;
using Alignment.Models.Transformers;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Rewards.Tests;

/// <summary>A miniature model's folder with its rewards, to be damaged.</summary>
internal sealed class RewardFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ReferenceBackend _backend = new();

    public RewardFolder()
    {
        TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama);
        TinyRewards.Write(_folder.Path);
        Model = LanguageModel.Load(_folder.Path, _backend, new TransformerLimits(16, 8));
    }

    public LanguageModel Model { get; }

    public ModelRewards Load() => ModelRewards.Load(_folder.Path, Model);

    public string Of(string reward, string file) => Path.Combine(_folder.Path, reward == "arm" ? "adapters" : "heads", reward, file);

    /// <summary>Changes one field of a reward's config; null removes it.</summary>
    public void Edit(string reward, string field, JsonNode? value)
    {
        string path = Of(reward, reward == "arm" ? "adapter_config.json" : "head_config.json");
        JsonObject config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        config.Remove(field);
        if (value is not null)
        {
            config[field] = value;
        }

        File.WriteAllText(path, config.ToJsonString());
    }

    public void Dispose()
    {
        Model.Dispose();
        _backend.Dispose();
        _folder.Dispose();
    }
}
