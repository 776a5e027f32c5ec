using Alignment.Compute.Cpu;
using Alignment.Decoding;
using Alignment.Decoding.Settings;
using Alignment.Inference;
using Alignment.Models;
using Alignment.Rewards;

namespace Alignment.Hosting;

/// <summary>One model, loaded and running: weights, heads and adapters, engine, generator. Owns them all.</summary>
public sealed class ModelRuntime : IAsyncDisposable
{
    private readonly CpuBackend _backend;

    private ModelRuntime(string folder, CpuBackend backend, LanguageModel model, ModelRewards rewards, EngineOptions engine, GenerationLimits limits)
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
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged or unsupported; the message names file and field.</exception>
    public static ModelRuntime Load(string folder, EngineOptions engine, GenerationLimits limits, int? threads = null)
    {
        var backend = new CpuBackend(threads);
        try
        {
            LanguageModel model = LanguageModel.Load(folder, backend);
            return new ModelRuntime(folder, backend, model, ModelRewards.Load(folder, model), engine, limits);
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
