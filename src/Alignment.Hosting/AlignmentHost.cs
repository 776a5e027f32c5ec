using Alignment.Decoding;
using Alignment.Decoding.Binding;
using Alignment.Decoding.Policy;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Hosting.Devices;
using Alignment.Hosting.Options;
using Alignment.Inference;
using Alignment.Models.Files;
using Microsoft.Extensions.Configuration;

namespace Alignment.Hosting;

/// <summary>Everything that a configuration names, loaded and wired. Owns the models; the catalog is the view of it that servers use.</summary>
public sealed class AlignmentHost : IAsyncDisposable
{
    private readonly List<ModelRuntime> _models = [];

    private AlignmentHost()
    {
    }

    /// <summary>What is served, by name.</summary>
    public ModelCatalog Catalog { get; private set; } = new([]);

    /// <summary>The loaded models.</summary>
    public IReadOnlyList<ModelRuntime> Models => _models;

    /// <summary>Loads every model and binds every profile.</summary>
    /// <param name="options">Checked by <see cref="AlignmentOptionsReader"/>.</param>
    /// <param name="roots">Folders that relative model paths may be relative to, tried in order.</param>
    /// <exception cref="InvalidConfigurationException">A model is missing or damaged, or a profile asks for what does not exist; every problem is listed.</exception>
    public static async Task<AlignmentHost> LoadAsync(AlignmentOptions options, IReadOnlyList<string> roots)
    {
        ArgumentNullException.ThrowIfNull(options);
        var host = new AlignmentHost();
        List<string> problems = [];
        List<ServedModel> served = [];
        foreach (ModelOptions model in options.Models)
        {
            served.AddRange(host.Load(options, model, roots, problems));
        }

        CheckPolicy(options.Policy, host._models, problems);
        CheckNames(options, served, problems);
        if (problems.Count > 0)
        {
            await host.DisposeAsync();
            throw new InvalidConfigurationException(problems);
        }

        host.Catalog = new ModelCatalog(served);
        return host;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (ModelRuntime model in _models)
        {
            await model.DisposeAsync();
        }
    }

    private List<ServedModel> Load(AlignmentOptions options, ModelOptions model, IReadOnlyList<string> roots, List<string> problems)
    {
        string folder = roots.Select(root => Path.GetFullPath(model.Path, root)).FirstOrDefault(Directory.Exists) ?? Path.GetFullPath(model.Path, roots[0]);
        try
        {
            // The models share what is available: the first one leaves the others their part.
            EngineOptions engine = options.Engine with { CacheMemoryFraction = options.Engine.CacheMemoryFraction / options.Models.Count };
            ModelRuntime runtime = ModelRuntime.Load(HubCache.Resolve(folder), engine, options.Limits, options.Device, options.Threads);
            _models.Add(runtime);
            string name = model.Name.Length > 0 ? model.Name : runtime.Model.Name;
            return Serve(options, name, runtime, problems);
        }
        catch (CacheSizeException fault)
        {
            problems.Add($"{AlignmentOptions.Section}:Engine: {folder}: {fault.Message}");
            return [];
        }
        catch (Exception fault) when (fault is OutOfMemoryException or OverflowException)
        {
            problems.Add($"{AlignmentOptions.Section}:Engine: {folder} and its cache do not fit into memory");
            return [];
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or UnauthorizedAccessException or DeviceUnavailableException)
        {
            problems.Add($"{AlignmentOptions.Section}:Models: {fault.Message}");
            return [];
        }
    }

    private static List<ServedModel> Serve(AlignmentOptions options, string name, ModelRuntime runtime, List<string> problems)
    {
        var plain = new ServedModel
        {
            Id = name,
            Folder = runtime.Folder,
            Device = runtime.Device,
            Generator = runtime.Generator,
            Binder = new AlignmentBinder(runtime.Names, options.Policy, options.Limits, runtime.Generator.Methods),
            Sampling = GenerationDefaults.Read(runtime.Folder),
            ContextLength = runtime.Engine.Cache.MaxLength,
            Cache = runtime.Engine.Cache.ToString(),
        };
        List<ServedModel> served = [plain];
        foreach ((string profile, ProfileOptions settings) in options.Profiles.OrderBy(profile => profile.Key, StringComparer.Ordinal))
        {
            if (settings.Model.Length == 0 || settings.Model == name)
            {
                served.Add(Apply(plain, profile, settings, problems));
            }
        }

        return served;
    }

    private static ServedModel Apply(ServedModel model, string profile, ProfileOptions settings, List<string> problems)
    {
        ProblemCollection found = [];
        AlignmentSettings alignment = settings.Alignment is { } section && section.Exists()
            ? model.Binder.BindProfile(ConfigurationJson.Of(section), found)
            : AlignmentSettings.None;
        problems.AddRange(found.Select(problem => $"{AlignmentOptions.Section}:Profiles:{profile}: {problem}"));
        SamplingSettings sampling = settings.Sampling.Over(model.Sampling);
        problems.AddRange(SamplingProblems(sampling).Select(problem => $"{AlignmentOptions.Section}:Profiles:{profile}:Sampling: {problem}"));
        return model with { Id = $"{model.Id}:{profile}", Alignment = alignment, Sampling = sampling };
    }

    private static ProblemCollection SamplingProblems(SamplingSettings sampling)
    {
        ProblemCollection problems = [];
        SamplingValidator.Validate(sampling, problems);
        return problems;
    }

    /// <summary>
    /// A floor that a model cannot keep would be silently no floor; the other names of a policy must exist in one model at least.
    /// </summary>
    private static void CheckPolicy(AlignmentPolicy policy, List<ModelRuntime> models, List<string> problems)
    {
        Check("Guidance", policy.GuidanceBounds(), names => [.. names.Guides, GuidanceSource.Prompt]);
        Check("Reward", policy.RewardBounds(), names => names.Rewards);

        void Check(string kind, WeightBounds bounds, Func<AlignmentNames, IReadOnlyCollection<string>> read)
        {
            foreach (string name in bounds.Names)
            {
                ModelRuntime[] lacking = [.. models.Where(model => !read(model.Names).Contains(name))];
                ModelRuntime[] wrong = bounds.IsFloor(name) || lacking.Length == models.Count ? lacking : [];
                string key = $"{AlignmentOptions.Section}:Policy:{(bounds.Least(name) is null ? "Maximum" : "Minimum")}{kind}";
                problems.AddRange(wrong.Select(model
                    => $"{key}: {model.Folder} has no '{name}'; what exists: {string.Join(", ", read(model.Names))}"));
            }
        }
    }

    private static void CheckNames(AlignmentOptions options, List<ServedModel> served, List<string> problems)
    {
        problems.AddRange(served.GroupBy(model => model.Id).Where(group => group.Count() > 1)
            .Select(group => $"{AlignmentOptions.Section}:Models: '{group.Key}' is served twice"));

        // With those that did not load: their profiles are not wrong for it.
        string[] names = [.. served.Select(model => model.Id).Where(id => !id.Contains(':', StringComparison.Ordinal)).Union(options.Models.Select(model => model.Name))];
        problems.AddRange(options.Profiles.Where(profile => profile.Value.Model.Length > 0 && !names.Contains(profile.Value.Model))
            .Select(profile => $"{AlignmentOptions.Section}:Profiles:{profile.Key}:Model: '{profile.Value.Model}' is not served; what is: {string.Join(", ", names)}"));
    }
}
