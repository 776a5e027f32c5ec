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

    private ModelPlan(string folder, string name, AlignmentBinder binder, SamplingSettings sampling)
    {
        (Folder, Name, Binder) = (folder, name, binder);
        _entries = [new Entry(name, AlignmentSettings.None, sampling)];
    }

    /// <summary>Where the model is.</summary>
    public string Folder { get; }

    /// <summary>What clients call it.</summary>
    public string Name { get; }

    /// <summary>Knows the names of its heads and adapters.</summary>
    public AlignmentBinder Binder { get; }

    /// <summary>What clients can ask for: the model, and the model under each profile.</summary>
    public IEnumerable<string> Ids => _entries.Select(entry => entry.Id);

    /// <summary>Reads what a model's folder says of itself, and binds the profiles over it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">What else is configured.</param>
    /// <param name="roots">Folders that a relative path may be relative to, tried in order.</param>
    /// <param name="problems">Receives what is wrong with the profiles.</param>
    /// <exception cref="IOException">There is no model.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static ModelPlan Read(ModelOptions model, AlignmentOptions options, IReadOnlyList<string> roots, List<string> problems)
    {
        string path = roots.Select(root => Path.GetFullPath(model.Path, root)).FirstOrDefault(Directory.Exists)
            ?? Path.GetFullPath(model.Path, roots[0]);
        string folder = HubCache.Resolve(path);
        _ = JsonFile.ReadObject(Path.Combine(folder, "config.json")); // without it nothing else is worth a word
        (IReadOnlyList<string> guides, IReadOnlyList<string> rewards) = ModelRewards.NamesIn(folder);
        AlignmentBinder binder = new(new AlignmentNames(guides, rewards), options.Policy, options.Limits, StandardMethods.Catalog);
        string name = model.Name.Length > 0 ? model.Name : HubCache.NameOf(folder);
        ModelPlan plan = new(folder, name, binder, GenerationDefaults.Read(folder));
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
