using Alignment.Compute.Cuda;
using Alignment.Decoding;
using Alignment.Decoding.Requests;
using Alignment.Hosting.Devices;
using Alignment.Inference;
using Alignment.Inference.Scheduling;
using Alignment.Models;
using Alignment.Rewards;

namespace Alignment.Hosting;

/// <summary>One model, loaded and running: weights, heads and adapters, engine, generator. Owns them all.</summary>
public sealed class ModelRuntime : IAsyncDisposable
{
    /// <summary>Rows of a pass that take a GPU about as long as reading the weights.</summary>
    private const int GpuSlice = 256;

    private readonly ChosenDevice _device;

    private ModelRuntime(
        string folder,
        ChosenDevice device,
        LanguageModel model,
        ModelRewards rewards,
        EngineOptions engine,
        GenerationLimits limits,
        IReadOnlyCollection<string>? shadows)
    {
        (Folder, _device, Model, Rewards) = (folder, device, model, rewards);
        int? slice = engine.PromptSlice ?? (device.Backend is CudaBackend ? GpuSlice : null);
        Engine = new Engine(
            model.Transformer, engine with { PromptSlice = slice }, model.Tokenizer.VocabularySize, others: rewards.Models);
        Generator = new Generator(model, rewards, Engine, limits, StandardMethods.Catalog, shadows);
    }

    /// <summary>Where it came from.</summary>
    public string Folder { get; }

    /// <summary>Weights, tokenizer and template.</summary>
    public LanguageModel Model { get; }

    /// <summary>Heads, adapters, and other models that can guide.</summary>
    public ModelRewards Rewards { get; }

    /// <summary>Runs the programs.</summary>
    public Engine Engine { get; }

    /// <summary>Generates.</summary>
    public Generator Generator { get; }

    /// <summary>Where it runs and why: "cpu, Vector512, 2 threads (as configured)".</summary>
    public string Device => _device.ToString();

    /// <summary>Loads a model folder with its heads and adapters, and starts its engine.</summary>
    /// <param name="folder">The model's.</param>
    /// <param name="engine">Sizes and limits of the engine, whose cache has every page once for each model.</param>
    /// <param name="limits">What one request may ask for.</param>
    /// <param name="device">What all of it runs on.</param>
    /// <param name="threads">Worker threads, on the host.</param>
    /// <param name="guides">Folders of other models of the same tokenizer that can guide it, by name; null: none.</param>
    /// <param name="shadows">Names of its rewards that are only watched; null: none.</param>
    /// <exception cref="DeviceUnavailableException">The device is not there, or its memory is full.</exception>
    /// <exception cref="CacheSizeException">The cache that was asked for fits neither the model nor the memory.</exception>
    /// <exception cref="GuideException">A guide's file is missing or damaged, or it is no guide for this model.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged or unsupported; the message names file and field.</exception>
    public static ModelRuntime Load(
        string folder,
        EngineOptions engine,
        GenerationLimits limits,
        string device = DeviceChoice.Cpu,
        int? threads = null,
        IReadOnlyDictionary<string, string>? guides = null,
        IReadOnlyCollection<string>? shadows = null)
    {
        ChosenDevice chosen = DeviceChoice.Open(device, threads);
        try
        {
            LanguageModel model = LanguageModel.Load(folder, chosen.Backend, engine.PassLimits);
            ModelRewards rewards = ModelRewards.Load(folder, model);
            foreach ((string name, string path) in guides ?? new Dictionary<string, string>())
            {
                rewards.AddModel(name, LoadGuide(name, path, model, engine));
            }

            return new ModelRuntime(folder, chosen, model, rewards, engine, limits, shadows);
        }
        catch (InsufficientMemoryException fault)
        {
            chosen.Backend.Dispose();
            throw new DeviceUnavailableException($"{device}: {folder} does not fit: {fault.Message}");
        }
        catch
        {
            chosen.Backend.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        Rewards.Dispose();
        Model.Dispose();
        _device.Backend.Dispose();
    }

    private static LanguageModel LoadGuide(string name, string folder, LanguageModel guided, EngineOptions engine)
    {
        try
        {
            return GuideModel.Load(folder, guided, engine);
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new GuideException(name, fault);
        }
    }
}
