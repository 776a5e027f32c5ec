using Alignment.Inference.Guides;
using Alignment.Models;
using Alignment.Models.Files;
using Alignment.Models.Transformers;
using Alignment.Rewards.Heads;

namespace Alignment.Rewards;

/// <summary>
/// The heads and adapters that lie in a model's folder, under <c>heads/</c> and <c>adapters/</c>, and what is put beside them. Owns them.
/// </summary>
public sealed class ModelRewards : IDisposable
{
    private readonly Dictionary<string, TokenRewardHead> _heads = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Adapter> _adapters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LanguageModel> _models = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReward> _rewards = new(StringComparer.Ordinal);

    private ModelRewards()
    {
    }

    /// <summary>Names of the token-reward heads, adapters and other models: what can guide.</summary>
    public IReadOnlyCollection<string> Guides => [.. _heads.Keys, .. _adapters.Keys, .. _models.Keys];

    /// <summary>The other models that can guide: whoever makes an engine gives it these too.</summary>
    public IReadOnlyList<Transformer> Models => [.. _models.Values.Select(model => model.Transformer)];

    /// <summary>What can score a response, by name.</summary>
    public IReadOnlyDictionary<string, IReward> Rewards => _rewards;

    /// <summary>The names that <see cref="Load"/> would give: read without the weights, which may take minutes.</summary>
    /// <exception cref="InvalidDataException">A head's description is damaged.</exception>
    public static (IReadOnlyList<string> Guides, IReadOnlyList<string> Rewards) NamesIn(string modelFolder)
    {
        HeadConfig[] heads = Array.ConvertAll(Folders(modelFolder, "heads"), HeadConfig.Read);
        ILookup<bool, string> names = heads
            .SelectMany(head => head.Names.Select(name => (Guides: head.Type == TokenRewardHead.Type, Name: name)))
            .ToLookup(head => head.Guides, head => head.Name);
        return ([.. names[true], .. Folders(modelFolder, "adapters").Select(folder => Path.GetFileName(folder))], [.. names[false]]);
    }

    /// <summary>
    /// Loads every head and adapter of a model folder; hidden folders, where training keeps what is unfinished, are passed over.
    /// </summary>
    /// <exception cref="InvalidDataException">One is damaged, of another model, or has a name that is taken.</exception>
    public static ModelRewards Load(string modelFolder, LanguageModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var rewards = new ModelRewards();
        try
        {
            Array.ForEach(Folders(modelFolder, "heads"), folder => rewards.AddHead(folder, model));
            Array.ForEach(Folders(modelFolder, "adapters"), folder => rewards.AddAdapter(folder, model));
            return rewards;
        }
        catch
        {
            rewards.Dispose();
            throw;
        }
    }

    /// <summary>Puts a reward beside those of the folder.</summary>
    /// <exception cref="InvalidDataException">Its name is taken.</exception>
    public void Add(IReward reward)
    {
        ArgumentNullException.ThrowIfNull(reward);
        Add(reward.GetType().Name, reward);
    }

    /// <summary>Puts another model beside those of the folder, as a guide. It belongs to this from now on.</summary>
    /// <exception cref="InvalidDataException">Its name is taken.</exception>
    public void AddModel(string name, LanguageModel model)
    {
        CheckFree(nameof(LanguageModel), name);
        _models.Add(name, model);
    }

    /// <summary>A guide by name.</summary>
    /// <exception cref="KeyNotFoundException">There is none of this name.</exception>
    public Guide CreateGuide(string name, float weight)
        => _heads.TryGetValue(name, out TokenRewardHead? head) ? new HeadGuide(head, weight)
            : _models.TryGetValue(name, out LanguageModel? model) ? new ModelGuide(name, model.Transformer, weight)
            : new AdapterGuide(_adapters[name], weight);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable part in _heads.Values.Concat<IDisposable>(_adapters.Values).Concat(_models.Values))
        {
            part.Dispose();
        }
    }

    private static string[] Folders(string modelFolder, string kind)
    {
        string folder = Path.Combine(modelFolder, kind);
        return Directory.Exists(folder)
            ? [.. Directory.GetDirectories(folder).Where(reward => Path.GetFileName(reward)[0] != '.').Order(StringComparer.Ordinal)]
            : [];
    }

    private void AddHead(string folder, LanguageModel model)
    {
        HeadConfig config = HeadConfig.Read(folder, model);
        if (config.Type == TokenRewardHead.Type)
        {
            CheckFree(folder, config.Name);
            _heads.Add(config.Name, new TokenRewardHead(config, folder, model));
            return;
        }

        var head = new ValueHead(config, folder, model);
        for (int i = 0; i < head.Objectives.Count; i++)
        {
            Add(folder, new ValueReward(config.Names[i], head, i));
        }
    }

    private void AddAdapter(string folder, LanguageModel model)
    {
        CheckFree(folder, Path.GetFileName(folder));
        string settings = Path.Combine(folder, "adapter_config.json");
        model.RequireTrainedFor(new JsonFields(settings, JsonFile.ReadObject(settings)));
        Adapter adapter = model.Transformer.LoadAdapter(folder);
        _adapters.Add(adapter.Name, adapter);
    }

    private void Add(string origin, IReward reward)
    {
        CheckFree(origin, reward.Name);
        _rewards.Add(reward.Name, reward);
    }

    private void CheckFree(string folder, string name)
    {
        if (_heads.ContainsKey(name) || _adapters.ContainsKey(name) || _models.ContainsKey(name) || _rewards.ContainsKey(name))
        {
            throw new InvalidDataException($"{folder}: name: '{name}' is the name of another head, adapter or model");
        }
    }
}
