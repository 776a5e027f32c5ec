using Alignment.Decoding;
using Alignment.Decoding.Binding;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Hosting.Options;
using Alignment.Models.Files;
using Alignment.Rewards;
using Microsoft.Extensions.Configuration;

namespace Alignment.Hosting;

/// <summary>
/// What a model's folder and the configuration say of it without its weights: under which names it is served, and how. What is wrong with
/// names is known before anything large is read.
/// </summary>
internal sealed class ModelPlan
{
    private readonly List<Entry> _entries;

    private ModelPlan(
        string folder, string name, IReadOnlyDictionary<string, string> guides, AlignmentBinder binder, SamplingSettings sampling)
    {
        (Folder, Name, Guides, Binder) = (folder, name, guides, binder);
        _entries = [new Entry(name, AlignmentSettings.None, sampling)];
    }

    /// <summary>Where the model is.</summary>
    public string Folder { get; }

    /// <summary>What clients call it.</summary>
    public string Name { get; }

    /// <summary>Folders of the other models that can guide it, by name.</summary>
    public IReadOnlyDictionary<string, string> Guides { get; }

    /// <summary>Knows the names of its heads and adapters, and of the other models that can guide it.</summary>
    public AlignmentBinder Binder { get; }

    /// <summary>What clients can ask for: the model, and the model under each profile.</summary>
    public IEnumerable<string> Ids => _entries.Select(entry => entry.Id);

    /// <summary>Reads what a model's folder says of itself, and binds the profiles over it.</summary>
    /// <param name="index">The model's, of those that are configured.</param>
    /// <param name="options">What is configured.</param>
    /// <param name="roots">Folders that a relative path may be relative to, tried in order.</param>
    /// <param name="problems">Receives what is wrong with the guides and profiles.</param>
    /// <exception cref="IOException">There is no model.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static ModelPlan Read(int index, AlignmentOptions options, IReadOnlyList<string> roots, List<string> problems)
    {
        ModelOptions model = options.Models[index];
        string key = $"{AlignmentOptions.Section}:{ModelOptions.GuidesKey(index)}";
        string folder = Find(model.Path, roots);
        Dictionary<string, string> models = FindGuides(model, key, roots, problems);
        (IReadOnlyList<string> guides, IReadOnlyList<string> rewards) = ModelRewards.NamesIn(folder);
        string name = model.Name.Length > 0 ? model.Name : HubCache.NameOf(folder);
        string[] taken = [.. guides, .. rewards, GuidanceSource.Prompt];
        problems.AddRange(model.Guides.Keys.Intersect(taken)
            .Select(other => $"{key}:{other}: the guide '{other}' needs a name that nothing else of {name} has"));
        CheckShadows(model.Shadow, rewards, name, $"{AlignmentOptions.Section}:{ModelOptions.ShadowKey(index)}", problems);
        AlignmentNames names = new([.. guides, .. model.Guides.Keys.Except(taken)], [.. rewards.Except(model.Shadow)])
        {
            Shadows = [.. model.Shadow.Intersect(rewards)],
        };
        AlignmentBinder binder = new(names, options.Policy, options.Limits, StandardMethods.Catalog);
        ModelPlan plan = new(folder, name, models, binder, GenerationDefaults.Read(folder));
        foreach ((string profile, ProfileOptions settings) in options.Profiles.OrderBy(profile => profile.Key, StringComparer.Ordinal))
        {
            if (settings.Model.Length == 0 || settings.Model == name)
            {
                plan.Apply(profile, settings, problems);
            }
        }

        return plan;
    }

    /// <summary>The served names, over the loaded model.</summary>
    public IEnumerable<ServedModel> Serve(ModelRuntime runtime) => _entries.Select(entry => new ServedModel
    {
        Id = entry.Id,
        Folder = runtime.Folder,
        Device = runtime.Device,
        Generator = runtime.Generator,
        Binder = Binder,
        Alignment = entry.Alignment,
        Sampling = entry.Sampling,
        ContextLength = runtime.Engine.Cache.MaxLength,
        Cache = runtime.Engine.Cache.ToString(),
    });

    /// <summary>The folder of a model, which has a description at least: without it nothing else is worth a word.</summary>
    private static string Find(string path, IReadOnlyList<string> roots)
    {
        string found = roots.Select(root => Path.GetFullPath(path, root)).FirstOrDefault(Directory.Exists)
            ?? Path.GetFullPath(path, roots[0]);
        string folder = HubCache.Resolve(found);
        _ = JsonFile.ReadObject(Path.Combine(folder, "config.json"));
        return folder;
    }

    /// <summary>What is to be watched must be there: a misspelt name would let the reward act.</summary>
    private static void CheckShadows(
        IReadOnlyList<string> shadows, IReadOnlyList<string> rewards, string model, string key, List<string> problems)
    {
        problems.AddRange(shadows.Except(rewards)
            .Select(unknown => $"{key}: {model} has no reward '{OptionName.Show(unknown)}'; what exists: {Excerpt.List(rewards)}"));
        problems.AddRange(shadows.GroupBy(name => name).Where(group => group.Count() > 1)
            .Select(group => $"{key}: '{OptionName.Show(group.Key)}' is named {group.Count()} times"));
    }

    /// <summary>The folders of those that there are; each that is not is a problem of its own.</summary>
    private static Dictionary<string, string> FindGuides(
        ModelOptions model, string key, IReadOnlyList<string> roots, List<string> problems)
    {
        Dictionary<string, string> folders = [];
        foreach ((string name, string path) in model.Guides)
        {
            try
            {
                folders.Add(name, Find(path, roots));
            }
            catch (Exception fault) when (fault is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                problems.Add($"{key}:{name}: {fault.Message}");
            }
        }

        return folders;
    }

    private void Apply(string profile, ProfileOptions settings, List<string> problems)
    {
        ProblemCollection found = [];
        AlignmentSettings alignment = settings.Alignment is { } section && section.Exists()
            ? Binder.BindProfile(ConfigurationJson.Of(section), found)
            : AlignmentSettings.None;
        ProblemCollection sampled = [];
        SamplingSettings sampling = settings.Sampling.Over(_entries[0].Sampling);
        SamplingValidator.Validate(sampling, sampled);
        string path = $"{AlignmentOptions.Section}:Profiles:{profile}";
        problems.AddRange(found.Select(problem => $"{path}: {problem}"));
        problems.AddRange(sampled.Select(problem => $"{path}:Sampling: {problem}"));
        _entries.Add(new Entry($"{Name}:{profile}", alignment, sampling));
    }

    private sealed record Entry(string Id, AlignmentSettings Alignment, SamplingSettings Sampling);
}
