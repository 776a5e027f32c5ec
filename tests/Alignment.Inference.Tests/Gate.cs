using Alignment.Compute.Contract;
using Alignment.Inference.Guides;

namespace Alignment.Inference.Tests;

/// <summary>A head in whose pass the engine's thread stops until it is let go; its scores say nothing.</summary>
internal sealed class Gate : ILogitsHead, IDisposable
{
    private static readonly TimeSpan s_late = TimeSpan.FromSeconds(60);

    private readonly ManualResetEventSlim _reached = new();
    private readonly ManualResetEventSlim _open = new();

    public string Name => "gate";

    /// <summary>Returns when the engine's thread is in the pass.</summary>
    public void WaitUntilReached() => Assert.True(_reached.Wait(s_late));

    public void Open() => _open.Set();

    public void Project(Tensor hidden, int rows, Tensor logits)
    {
        _reached.Set();
        Assert.True(_open.Wait(s_late));
    }

    public void Dispose()
    {
        _reached.Dispose();
        _open.Dispose();
    }
}
