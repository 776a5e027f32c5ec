using Alignment.Compute.Backends;
using Alignment.Decoding;
using Alignment.Decoding.Settings;
using Alignment.Hosting.Devices;
using Alignment.Inference;
using Alignment.Models;
using Alignment.Rewards;

namespace Alignment.Hosting;

/// <summary>One model, loaded and running: weights, heads and adapters, engine, generator. Owns them all.</summary>
public sealed class ModelRuntime : IAsyncDisposable
{
    private readonly IBackend _backend;

    private ModelRuntime(string folder, IBackend backend, LanguageModel model, ModelRewards rewards, EngineOptions engine, GenerationLimits limits)
    {
        (Folder, _backend, Model, Rewards) = (folder, backend, model, rewards);
        Engine = new Engine(model.Transformer, engine, model.Tokenizer.VocabularySize);
        Generator = new Generator(model, rewards, Engine, limits);
    }

    /// <summary>Where it came from.</summary>
    public string Folder { get; }

    /// <summary>Weights, tokenizer and template.</summary>
    public LanguageModel Model { get; }

    /// <summary>Heads and adapters.</summary>
    public ModelRewards Rewards { get; }

    /// <summary>Runs the programs.</summary>
    public Engine Engine { get; }

    /// <summary>Generates.</summary>
    public Generator Generator { get; }

    /// <summary>Where it runs: "cpu, Vector512, 2 threads".</summary>
    public string Device => _backend.Description;

    /// <summary>Names that an <c>alignment</c> object may use with this model.</summary>
    public AlignmentNames Names => new(Rewards.Guides, [.. Rewards.Rewards.Keys]);

    /// <summary>Loads a model folder with its heads and adapters, and starts its engine.</summary>
    /// <exception cref="DeviceUnavailableException">The device is not there, or its memory is full.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged or unsupported; the message names file and field.</exception>
    public static ModelRuntime Load(string folder, EngineOptions engine, GenerationLimits limits, string device = DeviceChoice.Cpu, int? threads = null)
    {
        IBackend backend = DeviceChoice.Open(device, threads);
        try
        {
            LanguageModel model = LanguageModel.Load(folder, backend);
            return new ModelRuntime(folder, backend, model, ModelRewards.Load(folder, model), engine, limits);
        }
        catch (InsufficientMemoryException fault)
        {
            backend.Dispose();
            throw new DeviceUnavailableException($"{device}: {folder} does not fit: {fault.Message}");
        }
        catch
        {
            backend.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        Rewards.Dispose();
        Model.Dispose();
        _backend.Dispose();
    }
}
