using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cpu;
using Alignment.Inference;
using Alignment.Inference.Guides;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;
using Alignment.Models.Checkpoints;
using Alignment.Models.Transformers;

namespace Alignment.Benchmarks.EndToEnd;

/// <summary>Our engine over the synthetic model: the programs whose times are compared.</summary>
internal sealed class DecodeSubject : IAsyncDisposable
{
    /// <summary>The prompt is one token, so that every token costs one pass here and in llama.cpp.</summary>
    public const int Prompt = 100;

    private static readonly NextTokenRule s_rule = new() { Temperature = 1, Seed = 1 };

    private readonly IBackend _backend;
    private readonly Transformer _model;
    private readonly SyntheticHead _head;
    private readonly Adapter[] _adapters;
    private readonly Engine _engine;
    private int _request;

    public DecodeSubject(string folder, IReadOnlyList<string> adapters, int threads)
    {
        _backend = CpuBackend.Create(threads);
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        _model = Transformer.Load(checkpoint, _backend, new TransformerLimits());
        _head = new SyntheticHead(_model);
        _adapters = [.. adapters.Select(_model.LoadAdapter)];
        _engine = new Engine(_model, new EngineOptions());
    }

    public string Device => _backend.Description;

    public Task PlainAsync(int tokens) => RunAsync([], 1, tokens);

    public Task HeadAsync(int tokens) => RunAsync([new HeadGuide(_head, 1)], 1, tokens);

    /// <summary>Guided by the first so many adapters, each a second row of every pass.</summary>
    public Task AdaptersAsync(int adapters, int tokens) =>
        RunAsync([.. _adapters.Take(adapters).Select(adapter => new AdapterGuide(adapter, 1))], 1, tokens);

    /// <summary>Candidates drawn side by side, and the hidden state of each at its end, as a value head needs it.</summary>
    public Task CandidatesAsync(int candidates, int tokens) => RunAsync([], candidates, tokens);

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        _head.Dispose();
        Array.ForEach(_adapters, adapter => adapter.Dispose());
        _model.Dispose();
        _backend.Dispose();
    }

    /// <summary>A salt of its own for every request: none finds its prompt in the prefix cache.</summary>
    private Task<bool> RunAsync(Guide[] guides, int candidates, int tokens) => _engine.RunAsync(
        async session =>
        {
            Sequence root = session.CreateSequence([Prompt], guides, 1 + tokens);
            if (candidates == 1)
            {
                await DrawAsync(root, tokens);
                return true;
            }

            Branch[] branches = await root.BranchAsync(s_rule, StreamId.Candidates(candidates));
            root.Dispose();
            await Task.WhenAll(branches.Select(branch => ScoreAsync(branch.Sequence, tokens - 1)));
            return true;
        },
        new SessionOptions { CacheSalt = $"{_request++}" }, CancellationToken.None);

    private static async Task DrawAsync(Sequence sequence, int tokens)
    {
        for (int i = 0; i < tokens; i++)
        {
            await sequence.NextAsync(s_rule);
        }
    }

    private static async Task ScoreAsync(Sequence sequence, int tokens)
    {
        await DrawAsync(sequence, tokens);
        await sequence.ComputeAsync();
    }
}
