using Alignment.Compute.Contract;
using Alignment.Inference.Guides;

namespace Alignment.Inference.Scheduling;

/// <summary>A head's logits, and which outputs of the pass it projects. Owns the tensor.</summary>
internal sealed class HeadSlot(ILogitsHead head, Tensor logits) : IDisposable
{
    private readonly int[] _outputs = new int[logits.Rows];
    private int _count;

    public Tensor Logits => logits;

    public ReadOnlySpan<int> Outputs => _outputs.AsSpan(0, _count);

    public void Clear() => _count = 0;

    /// <summary>Row of <see cref="Logits"/> that will hold the output's scores.</summary>
    public int Add(int output)
    {
        _outputs[_count] = output;
        return _count++;
    }

    public void Project(Tensor hidden) => head.Project(hidden, _count, logits);

    public void Dispose() => logits.Dispose();
}
