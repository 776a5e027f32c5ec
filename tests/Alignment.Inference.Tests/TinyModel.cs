using Alignment.Compute.Contract;
using Alignment.Inference.Scheduling;
using Alignment.Models.Checkpoints;
using Alignment.Models.Transformers;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Inference.Tests;

/// <summary>
/// A random model of two layers with an adapter, and the engines started over it. Checks every engine's pages before it goes.
/// </summary>
internal sealed class TinyModel : IAsyncDisposable
{
    /// <summary>Fewer than some tests ask for at once.</summary>
    public const int MaxTaps = 8;

    private readonly TemporaryFolder _folder = new();
    private readonly IBackend _backend;
    private readonly List<Engine> _engines = [];

    public TinyModel(IBackend backend, int maxRows = 64, int maxOutputs = 16)
    {
        _backend = backend;
        var shape = new TinyShape();
        TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama, shape: shape);
        TinyAdapter.Write(_folder.File("adapter"), shape, seed: 5);
        using Checkpoint checkpoint = Checkpoint.Open(_folder.Path);
        Transformer = Transformer.Load(checkpoint, backend, new TransformerLimits(maxRows, maxOutputs, MaxTaps));
        Adapter = Transformer.LoadAdapter(_folder.File("adapter"));
        Vectors = backend.CreateTensor(2, shape.Hidden);
        backend.Upload([.. Enumerable.Range(0, 2 * shape.Hidden).Select(i => MathF.Sin(i))], 0, Vectors);
    }

    public Transformer Transformer { get; }

    public Adapter Adapter { get; }

    /// <summary>Two steering vectors.</summary>
    public Tensor Vectors { get; }

    /// <summary>Some tokens; different from the first on for every index.</summary>
    public static int[] Prompt(int index, int length) => [.. Enumerable.Range(0, length).Select(i => ((i * 37) + (index * 11) + 3) % 256)];

    public Engine Start(EngineOptions options, TimeProvider? time = null)
    {
        var engine = new Engine(Transformer, options, time: time);
        _engines.Add(engine);
        return engine;
    }

    /// <summary>An engine that the test stops itself.</summary>
    public Engine StartUnchecked(EngineOptions options) => new(Transformer, options);

    public async ValueTask DisposeAsync()
    {
        foreach (Engine engine in _engines)
        {
            await (engine.Healthy ? engine.CheckIntegrityAsync() : Task.CompletedTask);
            await engine.DisposeAsync();
        }

        Vectors.Dispose();
        Adapter.Dispose();
        Transformer.Dispose();
        _backend.Dispose();
        _folder.Dispose();
    }
}
