using Alignment.Compute.Contract;
using Alignment.Inference.Guides;
using Alignment.Models.Transformers;

namespace Alignment.Benchmarks.EndToEnd;

/// <summary>A token-reward head of rank 32 with constant bf16 weights: the work of a trained one.</summary>
internal sealed unsafe class SyntheticHead : ILogitsHead, IDisposable
{
    private const int Rank = 32;

    private readonly IBackend _backend;
    private readonly WeightMatrix _down;
    private readonly WeightMatrix _up;
    private readonly Tensor _inner;

    public SyntheticHead(Transformer model)
    {
        _backend = model.Backend;
        _down = Pack(Rank, model.Config.HiddenSize);
        _up = Pack(model.Config.VocabularySize, Rank);
        _inner = _backend.CreateTensor(model.Limits.MaxOutputs, Rank);
    }

    public string Name => "synthetic";

    public void Project(Tensor hidden, int rows, Tensor logits)
    {
        _backend.MatMul(hidden, _down, null, [], rows, _inner);
        _backend.Silu(rows, _inner);
        _backend.MatMul(_inner, _up, null, [], rows, logits);
    }

    public void Dispose()
    {
        _down.Dispose();
        _up.Dispose();
        _inner.Dispose();
    }

    private WeightMatrix Pack(int outputs, int inputs)
    {
        const ushort Hundredth = 0x3C24;
        ushort[] numbers = new ushort[outputs * inputs];
        Array.Fill(numbers, Hundredth);
        fixed (ushort* data = numbers)
        {
            return _backend.Pack([new WeightSource((byte*)data, outputs, inputs, DType.Bf16)]);
        }
    }
}
