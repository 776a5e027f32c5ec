using Alignment.Benchmarks.EndToEnd;
using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cpu;
using Alignment.Inference;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;
using Alignment.Models.Checkpoints;
using Alignment.Models.Transformers;

namespace Alignment.Benchmarks.Scheduling;

/// <summary>
/// An engine over a model of the shape of tiny-chat, but for its context; and the requests that compete for its passes and pages.
/// </summary>
internal sealed class SchedulingSubject : IAsyncDisposable
{
    private static readonly NextTokenRule s_rule = new() { Temperature = 1, Seed = 1 };

    private readonly IBackend _backend;
    private readonly Transformer _model;
    private readonly Engine _engine;
    private int _salt;

    public SchedulingSubject(string folder, EngineOptions options, int threads)
    {
        _backend = CpuBackend.Create(threads);
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        _model = Transformer.Load(checkpoint, _backend, options.PassLimits);
        _engine = new Engine(_model, options);
    }

    public static SyntheticShape Shape { get; } = new(4096, 256, 704, 8, 4, 2, 64, 32_768, 100_000, TiesEmbeddings: true);

    public string Device => _backend.Description;

    public EngineStatistics Statistics => _engine.Statistics;

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        _model.Dispose();
        _backend.Dispose();
    }

    /// <summary>The first token of a prompt that nobody has sent before.</summary>
    public Task FirstTokenAsync(int length) => RunAsync(length, 1, 1, pages: 0, $"short {_salt++}", CancellationToken.None);

    /// <summary>A long prompt, which goes on from where it was cancelled.</summary>
    public Task LongPromptAsync(int length, CancellationToken cancellation) => RunAsync(length, 1, 1, pages: 0, "long", cancellation);

    /// <summary>Several candidates of so many tokens.</summary>
    /// <param name="prompt">Tokens of the prompt.</param>
    /// <param name="candidates">How many are drawn side by side.</param>
    /// <param name="tokens">Of each.</param>
    /// <param name="setAside">For how many tokens of each pages are set aside.</param>
    public Task SearchAsync(int prompt, int candidates, int tokens, int setAside)
        => RunAsync(
            prompt,
            candidates,
            tokens,
            (int)CacheSize.PagesFor([prompt], candidates, Math.Min(tokens, setAside)),
            $"search {_salt++}",
            CancellationToken.None);

    private Task<bool> RunAsync(
        int prompt, int candidates, int tokens, int pages, string salt, CancellationToken cancellation) => _engine.RunAsync(
        async session =>
        {
            Sequence root = session.CreateSequence([.. Enumerable.Range(0, prompt).Select(i => i % 1000)], []);
            if (candidates > 1)
            {
                await root.ComputeAsync();
            }

            Sequence[] all = [root, .. Enumerable.Range(1, candidates - 1).Select(candidate => root.Fork(candidate))];
            await Task.WhenAll(all.Select(sequence => DrawAsync(sequence, tokens)));
            return true;
        },
        new SessionOptions { CacheSalt = salt, MaxPages = pages }, cancellation);

    private static async Task DrawAsync(Sequence sequence, int tokens)
    {
        for (int i = 0; i < tokens; i++)
        {
            await sequence.NextAsync(s_rule);
        }
    }
}
