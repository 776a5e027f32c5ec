using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Reference;
using Alignment.Inference.Guides;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;

namespace Alignment.Inference.Tests.Scheduling;

/// <summary>A pass for which the device has no memory.</summary>
public sealed class RefusalTests : IAsyncDisposable
{
    private static readonly NextTokenRule s_rule = new() { Temperature = 0 };
    private static readonly SessionOptions s_anyone = new();

    private readonly TinyModel _model = new(new ReferenceBackend(), maxRows: 128, maxOutputs: 16);
    private readonly FullDevice _device = new();

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Fact]
    public async Task Nothing_of_it_enters_the_prefix_cache()
    {
        Engine engine = _model.Start(new EngineOptions { Pages = 64 });
        int[] prompt = TinyModel.Prompt(2, 40);
        _device.IsFull = true;

        // The refusal of the first ends the program, and the second with it, which was in the pass too.
        await Assert.ThrowsAsync<EngineOverloadedException>(() => engine.RunAsync(
            async session =>
            {
                ValueTask<TokenChoice> first = Create(session, TinyModel.Prompt(1, 40)).NextAsync(s_rule);
                ValueTask<TokenChoice> second = Create(session, prompt).NextAsync(s_rule);
                await first;
                await second;
                return 1;
            },
            s_anyone, CancellationToken.None));
        _device.IsFull = false;
        long reused = await engine.RunAsync(
            async session =>
            {
                await Create(session, prompt).NextAsync(s_rule);
                return session.ReusedTokens;
            },
            s_anyone, CancellationToken.None);
        Assert.Equal(0, reused);
    }

    [Fact]
    public async Task Who_asks_again_is_answered()
    {
        Engine engine = _model.Start(new EngineOptions { Pages = 64 });
        (int length, long paid) = await engine.RunAsync(
            async session =>
            {
                Sequence sequence = Create(session, TinyModel.Prompt(1, 20));
                _device.IsFull = true;
                await Assert.ThrowsAsync<EngineOverloadedException>(() => sequence.NextAsync(s_rule).AsTask());
                _device.IsFull = false;
                await sequence.NextAsync(s_rule);
                return (sequence.Length, session.ForwardTokens);
            },
            s_anyone, CancellationToken.None);

        // Nobody pays for the pass that never came to its end.
        Assert.Equal((21, 20), (length, paid));
    }

    [Fact]
    public async Task Who_waits_beside_it_is_told_of_memory_or_answered()
    {
        await using var small = new TinyModel(new ReferenceBackend(), maxRows: 16, maxOutputs: 1);
        Engine engine = small.Start(new EngineOptions { Pages = 64, PrefillChunk = 16 });
        _device.IsFull = true;
        Exception?[] faults = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Record.ExceptionAsync(() => engine.RunAsync(
            session => Create(session, TinyModel.Prompt(i, 8)).NextAsync(s_rule), s_anyone, CancellationToken.None))));
        Assert.All(faults, fault => Assert.IsType<EngineOverloadedException>(fault));
    }

    private Sequence Create(Session session, int[] prompt) => session.CreateSequence(prompt, [new HeadGuide(_device, 0)]);

    /// <summary>A head whose pass finds no memory.</summary>
    private sealed class FullDevice : ILogitsHead
    {
        public string Name => "full";

        public bool IsFull { get; set; }

        public void Project(Tensor hidden, int rows, Tensor logits)
        {
            if (IsFull)
            {
                throw new InsufficientMemoryException();
            }
        }
    }
}
