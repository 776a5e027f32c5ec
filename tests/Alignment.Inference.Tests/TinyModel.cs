using Alignment.Compute.Contract;
using Alignment.Inference.Scheduling;
using Alignment.Models.Checkpoints;
using Alignment.Models.Transformers;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Inference.Tests;

/// <summary>
/// A random model of two layers with an adapter, another one of the same vocabulary, and the engines started over both. Checks every
/// engine's pages before it goes.
/// </summary>
internal sealed class TinyModel : IAsyncDisposable
{
    /// <summary>Fewer than some tests ask for at once.</summary>
    public const int MaxTaps = 8;

    private static readonly TinyShape s_otherShape = new(
        Hidden: 24, Intermediate: 40, Layers: 3, Heads: 2, KeyValueHeads: 1, HeadSize: 12, Positions: 508);

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
        TinyCheckpoint.Write(_folder.File("other"), TinyArchitecture.Llama, seed: 2, s_otherShape);
        using Checkpoint other = Checkpoint.Open(_folder.File("other"));
        Other = Transformer.Load(other, backend, new TransformerLimits(maxRows / 2, (maxOutputs + 1) / 2, MaxTaps));
        Adapter = Transformer.LoadAdapter(_folder.File("adapter"));
        Vectors = backend.CreateTensor(2, shape.Hidden);
        backend.Upload([.. Enumerable.Range(0, 2 * shape.Hidden).Select(i => MathF.Sin(i))], 0, Vectors);
    }

    public Transformer Transformer { get; }

    /// <summary>Of another shape, with fewer positions, and less room in a pass.</summary>
    public Transformer Other { get; }

    public Adapter Adapter { get; }

    /// <summary>Two steering vectors.</summary>
    public Tensor Vectors { get; }

    /// <summary>Some tokens; different from the first on for every index.</summary>
    public static int[] Prompt(int index, int length) => [.. Enumerable.Range(0, length).Select(i => ((i * 37) + (index * 11) + 3) % 256)];

    public Engine Start(EngineOptions options, TimeProvider? time = null)
    {
        var engine = new Engine(Transformer, options, time: time, others: [Other]);
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
        Other.Dispose();
        Transformer.Dispose();
        _backend.Dispose();
        _folder.Dispose();
    }
}
