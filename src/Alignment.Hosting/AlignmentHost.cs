using Alignment.Decoding.Policy;
using Alignment.Decoding.Requests;
using Alignment.Hosting.Devices;
using Alignment.Hosting.Options;
using Alignment.Inference;

namespace Alignment.Hosting;

/// <summary>
/// Everything that a configuration names, loaded and wired. Owns the models; the catalog is the view of it that servers use.
/// </summary>
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

    /// <summary>Binds every profile, then loads every model: names that are wrong are found before any weights are read.</summary>
    /// <param name="options">Checked by <see cref="AlignmentOptionsReader"/>.</param>
    /// <param name="roots">Folders that relative model paths may be relative to, tried in order.</param>
    /// <exception cref="InvalidConfigurationException">
    /// A model is missing or damaged, or a profile asks for what does not exist; every problem is listed.
    /// </exception>
    public static async Task<AlignmentHost> LoadAsync(AlignmentOptions options, IReadOnlyList<string> roots)
    {
        ArgumentNullException.ThrowIfNull(options);
        List<string> problems = [];
        List<ModelPlan> plans = Plan(options, roots, problems);
        InvalidConfigurationException.ThrowIfAny(problems);
        var host = new AlignmentHost();
        List<ServedModel> served = [];
        for (int i = 0; i < plans.Count; i++)
        {
            served.AddRange(host.Load(plans[i], i, options, problems));
        }

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

    private static List<ModelPlan> Plan(AlignmentOptions options, IReadOnlyList<string> roots, List<string> problems)
    {
        List<ModelPlan> plans = [];
        for (int i = 0; i < options.Models.Count; i++)
        {
            try
            {
                plans.Add(ModelPlan.Read(i, options, roots, problems));
            }
            catch (Exception fault) when (fault is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                problems.Add($"{AlignmentOptions.Section}:Models: {fault.Message}");
            }
        }

        CheckPolicy(options.Policy, plans, problems);
        CheckNames(options, plans, problems);
        return plans;
    }

    private IEnumerable<ServedModel> Load(ModelPlan plan, int model, AlignmentOptions options, List<string> problems)
    {
        try
        {
            // The models share what is available: the first one leaves the others their part.
            EngineOptions engine = options.Engine with { CacheMemoryFraction = options.Engine.CacheMemoryFraction / options.Models.Count };
            ModelRuntime runtime = ModelRuntime.Load(
                plan.Folder, engine, options.Limits, options.Device, options.Threads, plan.Guides, plan.Binder.Names.Shadows);
            _models.Add(runtime);
            return plan.Serve(runtime);
        }
        catch (Exception fault) when (Problem(fault, plan.Folder, model) is { } problem)
        {
            problems.Add($"{AlignmentOptions.Section}:{problem}");
            return [];
        }
    }

    /// <summary>What a fault of loading says of the configuration; null for what is a mistake of ours.</summary>
    private static string? Problem(Exception fault, string folder, int model) => fault switch
    {
        CacheSizeException => $"Engine: {folder}: {fault.Message}",
        OutOfMemoryException or OverflowException => $"Engine: {folder} and its cache do not fit into memory",
        DeviceUnavailableException => $"Device: {fault.Message}",
        GuideException guide => $"{ModelOptions.GuidesKey(model)}:{guide.Guide}: {guide.Message}",
        IOException or InvalidDataException or UnauthorizedAccessException => $"Models: {fault.Message}",
        _ => null,
    };

    /// <summary>
    /// A floor that a model cannot keep would be silently no floor; the other names of a policy must exist in one model at least.
    /// </summary>
    private static void CheckPolicy(AlignmentPolicy policy, List<ModelPlan> plans, List<string> problems)
    {
        Check("Guidance", policy.GuidanceBounds(), names => [.. names.Guides, GuidanceSource.Prompt]);
        Check("Reward", policy.RewardBounds(), names => names.Rewards);

        void Check(string kind, WeightBounds bounds, Func<AlignmentNames, IReadOnlyCollection<string>> read)
        {
            foreach (string name in bounds.Names)
            {
                ModelPlan[] lacking = [.. plans.Where(plan => !read(plan.Binder.Names).Contains(name))];
                ModelPlan[] wrong = bounds.IsFloor(name) || lacking.Length == plans.Count ? lacking : [];
                string key = $"{AlignmentOptions.Section}:Policy:{(bounds.Least(name) is null ? "Maximum" : "Minimum")}{kind}";
                problems.AddRange(wrong.Select(plan
                    => $"{key}: {plan.Folder} has no '{name}'; what exists: {string.Join(", ", read(plan.Binder.Names))}"));
            }
        }
    }

    private static void CheckNames(AlignmentOptions options, List<ModelPlan> plans, List<string> problems)
    {
        problems.AddRange(plans.SelectMany(plan => plan.Ids).GroupBy(id => id).Where(group => group.Count() > 1)
            .Select(group => $"{AlignmentOptions.Section}:Models: '{group.Key}' is served twice"));

        // With those that are not there: their profiles are not wrong for it.
        IEnumerable<string> given = options.Models.Select(model => model.Name).Where(name => name.Length > 0);
        string[] names = [.. plans.Select(plan => plan.Name).Union(given)];
        problems.AddRange(options.Profiles
            .Where(profile => profile.Value.Model.Length > 0 && !names.Contains(profile.Value.Model))
            .Select(profile => $"{AlignmentOptions.Section}:Profiles:{profile.Key}:Model: '{profile.Value.Model}' is not served; "
                + $"what is: {string.Join(", ", names)}"));
    }
}
