using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Reference;
using Alignment.Inference.Guides;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;
using Alignment.Models.Checkpoints;
using Alignment.Models.Transformers;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Inference.Tests.Scheduling;

/// <summary>What the engine answers is what a model that is asked token by token answers, whatever it does in between.</summary>
public sealed class EngineTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly NextTokenRule s_greedy = new() { Temperature = 0 };
    private static readonly int[] s_prompt = [.. Enumerable.Range(0, 45).Select(i => (i * 37) % 256)];

    private readonly TemporaryFolder _folder = new();
    private readonly ReferenceBackend _backend = new();
    private readonly Transformer _model;
    private readonly List<Engine> _engines = [];

    public EngineTests()
    {
        TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama);
        using Checkpoint checkpoint = Checkpoint.Open(_folder.Path);
        _model = Transformer.Load(checkpoint, _backend, new TransformerLimits(MaxRows: 64, MaxOutputs: 16));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (Engine engine in _engines)
        {
            await engine.CheckIntegrityAsync();
            await engine.DisposeAsync();
        }

        _model.Dispose();
        _backend.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(512)]
    public async Task Greedy_tokens_are_those_of_a_naive_decoder(int chunk)
    {
        Engine engine = Start(new EngineOptions { Pages = 64, PrefillChunk = chunk });
        using var naive = new NaiveDecoder(_model, 128);
        Assert.Equal(naive.Run(s_prompt, 20).Greedy, await GenerateAsync(engine, s_prompt, 20));
    }

    [Fact]
    public async Task Requests_that_run_out_of_pages_lose_and_recompute_them()
    {
        Engine roomy = Start(new EngineOptions { Pages = 512 });
        int[][] expected = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => GenerateAsync(roomy, Prompt(i), 40)));
        Engine tight = Start(new EngineOptions { Pages = 14 });
        int[][] actual = await Task.WhenAll(await tight.TogetherAsync(
            () => Enumerable.Range(0, 8).Select(i => GenerateAsync(tight, Prompt(i), 40)).ToArray()));
        Assert.Equal(expected, actual);
        Assert.True(tight.Statistics.Preemptions > 0);
    }

    [Fact]
    public async Task A_second_request_reuses_the_pages_of_the_first()
    {
        Engine engine = Start(new EngineOptions { Pages = 64 });
        int[] first = await GenerateAsync(engine, s_prompt, 5);
        long before = engine.Statistics.ForwardTokens;
        Assert.Equal(first, await GenerateAsync(engine, s_prompt, 5));
        Assert.Equal(32, engine.Statistics.ReusedTokens);
        Assert.Equal(45 - 32 + 4, engine.Statistics.ForwardTokens - before);
    }

    [Fact]
    public async Task Forks_and_rewinds_go_on_from_where_they_are()
    {
        Engine engine = Start(new EngineOptions { Pages = 64 });
        int[] expected = await GenerateAsync(engine, s_prompt, 12);
        await engine.RunAsync(
            async session =>
            {
                using Sequence sequence = session.CreateSequence(s_prompt, []);
                await TakeAsync(sequence, 12);
                using Sequence fork = sequence.Fork(1);
                fork.Rewind(s_prompt.Length + 3);
                await TakeAsync(fork, 9);
                Assert.Equal(expected, fork.Tokens[s_prompt.Length..].ToArray());
                Assert.Equal(expected, sequence.Tokens[s_prompt.Length..].ToArray());
                return true;
            },
            new SessionOptions(), CancellationToken.None);
    }

    [Fact]
    public async Task Scores_are_those_of_a_naive_decoder()
    {
        Engine engine = Start(new EngineOptions { Pages = 64, PrefillChunk = 10 });
        using var naive = new NaiveDecoder(_model, 128);
        double[] expected = naive.Run(s_prompt, 1).Prompt;
        float[] scores = new float[s_prompt.Length - 1];
        await engine.RunAsync(
            async session =>
            {
                using Sequence sequence = session.CreateSequence(s_prompt, []);
                await sequence.ScoreAsync(1, scores);
                return true;
            },
            new SessionOptions(), CancellationToken.None);
        Assert.All(expected.Zip(scores), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Fact]
    public async Task A_contrast_prompt_adds_its_weighted_log_probabilities()
    {
        Engine engine = Start(new EngineOptions { Pages = 64 });
        using var naive = new NaiveDecoder(_model, 128);
        using var contrast = new NaiveDecoder(_model, 128);
        int[] other = [3, 1, 4, 1, 5, 9, 2, 6];
        double[] frozen = Array.ConvertAll(s_prompt, naive.Append)[^1];
        double[] against = Array.ConvertAll(other, contrast.Append)[^1];
        double[] sum = [.. frozen.Zip(against, (f, c) => f - (0.7 * c))];
        int[] chosen = await GenerateAsync(engine, s_prompt, 1, new PromptGuide("prompt", other, -0.7f));
        Assert.Equal(Array.IndexOf(sum, sum.Max()), chosen[0]);
    }

    [Fact]
    public async Task Cancelling_frees_everything_before_the_next_pass()
    {
        Engine engine = Start(new EngineOptions { Pages = 64 });
        using var cancellation = new CancellationTokenSource();
        Task<int[]> running = engine.RunAsync(
            async session =>
            {
                using Sequence sequence = session.CreateSequence(s_prompt, []);
                await TakeAsync(sequence, 3);
                await cancellation.CancelAsync();
                await TakeAsync(sequence, 100);
                return sequence.Tokens.ToArray();
            },
            new SessionOptions(), cancellation.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await engine.CheckIntegrityAsync();
        Assert.Equal(engine.Statistics.Pages, engine.Statistics.FreePages + engine.Statistics.CachedPages);
    }

    [Fact]
    public async Task A_masked_row_is_its_own_requests_fault()
    {
        Engine engine = Start(new EngineOptions { Pages = 64 });
        var nothing = new NextTokenRule
        {
            Bias = [.. Enumerable.Range(0, 300).Select(token => new TokenBias(token, float.NegativeInfinity))],
        };
        Task<TokenChoice> masked = engine.RunAsync(
            session => session.CreateSequence(s_prompt, []).NextAsync(nothing), new SessionOptions(), CancellationToken.None);
        Task<int[]> other = GenerateAsync(engine, s_prompt, 5);
        await Assert.ThrowsAsync<MethodFaultException>(() => masked);
        Assert.Equal(5, (await other).Length);
        Assert.True(engine.Healthy);
    }

    /// <summary>Finite weights, so large that the head's scores are not: no mask of the client's, and told by its own name.</summary>
    [Theory]
    [InlineData("next"), InlineData("verify"), InlineData("branch")]
    public async Task A_guide_that_overflows_is_told_by_name_and_is_its_own_requests_fault(string way)
    {
        Engine engine = Start(new EngineOptions { Pages = 64 });
        var rule = new NextTokenRule();
        Task<bool> overflows = engine.RunAsync(
            async session =>
            {
                Sequence sequence = session.CreateSequence(s_prompt, [new HeadGuide(new Overflowing(_backend), 1)]);
                await (way switch
                {
                    "verify" => sequence.VerifyAsync([1, 2], rule).AsTask(),
                    "branch" => sequence.BranchAsync(rule, StreamId.Candidates(2)).AsTask(),
                    _ => (Task)sequence.NextAsync(rule).AsTask(),
                });
                return true;
            },
            new SessionOptions(), CancellationToken.None);
        Task<int[]> other = GenerateAsync(engine, s_prompt, 5);
        ScoreOverflowException fault = await Assert.ThrowsAsync<ScoreOverflowException>(() => overflows);
        Assert.Contains("not finite: the model or its guidance (too much) overflows", fault.Message, StringComparison.Ordinal);
        Assert.Equal(5, (await other).Length);
        Assert.True(engine.Healthy);
    }

    [Fact]
    public async Task A_request_that_can_never_fit_is_refused()
    {
        Engine engine = Start(new EngineOptions { Pages = 4 });
        await Assert.ThrowsAsync<MethodFaultException>(() => GenerateAsync(engine, s_prompt, 5, new PromptGuide("prompt", s_prompt, 1)));
        await Assert.ThrowsAsync<ArgumentException>(() => GenerateAsync(engine, [.. s_prompt, .. s_prompt], 1));
        Assert.True(engine.Healthy);
    }

    [Fact]
    public async Task A_full_queue_refuses_at_once()
    {
        Engine engine = Start(new EngineOptions { Pages = 64, MaxSessions = 1, QueueLength = 1 });
        Task<int[]>[] requests = [.. Enumerable.Range(0, 5).Select(_ => GenerateAsync(engine, s_prompt, 30))];
        await Assert.ThrowsAsync<EngineOverloadedException>(() => requests[4]);
        Assert.Equal(30, (await requests[0]).Length);
        Assert.Equal(30, (await requests[1]).Length);
    }

    private static int[] Prompt(int index) => [.. s_prompt.Select(token => (token + index) % 256)];

    private static Task<int[]> GenerateAsync(Engine engine, int[] prompt, int count, params Guide[] guides) => engine.RunAsync(
        async session =>
        {
            using Sequence sequence = session.CreateSequence(prompt, guides);
            await TakeAsync(sequence, count);
            return sequence.Tokens[prompt.Length..].ToArray();
        },
        new SessionOptions(), CancellationToken.None);

    private static async ValueTask TakeAsync(Sequence sequence, int count)
    {
        for (int i = 0; i < count; i++)
        {
            await sequence.NextAsync(s_greedy);
        }
    }

    /// <summary>A head whose weights are as large as a number can be.</summary>
    private sealed class Overflowing(IBackend backend) : ILogitsHead
    {
        public string Name => "too much";

        public void Project(Tensor hidden, int rows, Tensor logits)
        {
            float[] row = new float[hidden.Columns];
            for (int i = 0; i < rows; i++)
            {
                backend.Download(hidden, i, row);
                float[] scores = [.. Enumerable.Range(0, logits.Columns).Select(token => row[token % row.Length] * float.MaxValue)];
                backend.Upload(scores, i, logits);
            }
        }
    }

    private Engine Start(EngineOptions options)
    {
        var engine = new Engine(_model, options);
        _engines.Add(engine);
        return engine;
    }
}
