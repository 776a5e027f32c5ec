using Alignment.Compute.Reference;
using Alignment.Decoding.Methods;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Inference;
using Alignment.Inference.Scheduling;
using Alignment.Models;
using Alignment.Models.Transformers;
using Alignment.Rewards;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Decoding.Tests;

/// <summary>A miniature model with its rewards, running.</summary>
internal sealed class TinyGenerator : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ReferenceBackend _backend = new();
    private bool _isStopped;

    /// <param name="options">Sizes of the engine.</param>
    /// <param name="limits">What one request may ask for.</param>
    /// <param name="change">Changes the folder before it is loaded.</param>
    /// <param name="methods">What requests may name.</param>
    /// <param name="shadows">Rewards that watch.</param>
    public TinyGenerator(
        EngineOptions? options = null,
        GenerationLimits? limits = null,
        Action<TemporaryFolder>? change = null,
        MethodCatalog? methods = null,
        params IReward[] shadows)
    {
        TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama);
        TinyRewards.Write(_folder.Path);
        change?.Invoke(_folder);
        Model = LanguageModel.Load(_folder.Path, _backend, new TransformerLimits(64, 32));
        Rewards = ModelRewards.Load(_folder.Path, Model);
        Engine = new Engine(Model.Transformer, options ?? new EngineOptions { Pages = 256 }, Model.Tokenizer.VocabularySize);
        Array.ForEach(shadows, Rewards.Add);
        string[] names = Array.ConvertAll(shadows, reward => reward.Name);
        Generator = new Generator(Model, Rewards, Engine, limits ?? new GenerationLimits(), methods ?? StandardMethods.Catalog, names);
    }

    public LanguageModel Model { get; }

    public ModelRewards Rewards { get; }

    public Engine Engine { get; }

    public Generator Generator { get; }

    public async Task<List<GenerationEvent>> RunAsync(GenerationRequest request)
    {
        List<GenerationEvent> events = [];
        await foreach (GenerationEvent next in Generator.GenerateAsync(request, CancellationToken.None))
        {
            events.Add(next);
        }

        return events;
    }

    public static string TextOf(IEnumerable<GenerationEvent> events, int choice = 0) =>
        string.Concat(events.OfType<TextEvent>().Where(text => text.Index == choice).Select(text => text.Text));

    /// <summary>Stops the engine under whoever runs, having checked its pages.</summary>
    public async Task StopAsync()
    {
        _isStopped = true;
        await Engine.CheckIntegrityAsync();
        await Engine.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_isStopped)
        {
            await StopAsync();
        }

        Rewards.Dispose();
        Model.Dispose();
        _backend.Dispose();
        _folder.Dispose();
    }
}
