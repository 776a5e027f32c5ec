using Alignment.Compute.Memory;

namespace Alignment.Compute.Cpu.NextToken;

/// <summary>One worker's buffers for the next-token rule; they grow to the largest vocabulary and stay.</summary>
internal sealed unsafe class NextTokenScratch : IDisposable
{
    private NativeBuffer<float> _scores = new(0);
    private NativeBuffer<double> _blocks = new(0);
    private NativeBuffer<ulong> _keys = new(0);
    private NativeBuffer<ulong> _ranked = new(0);

    /// <summary>Scores of the row after penalties, guides, bias and mask.</summary>
    public float* Scores => _scores.Pointer;

    /// <summary>Sums of the probabilities of each block.</summary>
    public double* Blocks => _blocks.Pointer;

    /// <summary>Candidates, by id.</summary>
    public ulong* Keys => _keys.Pointer;

    /// <summary>Candidates, best first.</summary>
    public ulong* Ranked => _ranked.Pointer;

    /// <summary>Makes room for a vocabulary.</summary>
    public void Reserve(int vocabulary)
    {
        if (_scores.Length < vocabulary)
        {
            Dispose();
            _scores = new NativeBuffer<float>(vocabulary);
            _blocks = new NativeBuffer<double>((vocabulary / LogitMath.BlockSize) + 1);
            _keys = new NativeBuffer<ulong>(vocabulary);
            _ranked = new NativeBuffer<ulong>(vocabulary);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _scores.Dispose();
        _blocks.Dispose();
        _keys.Dispose();
        _ranked.Dispose();
    }
}
