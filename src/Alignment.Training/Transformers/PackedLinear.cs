using Alignment.Compute.Memory;
using Alignment.Compute.Training;

namespace Alignment.Training.Transformers;

/// <summary>One weight matrix [out, in], packed for the products of the forward pass and of the input gradient. Refreshed after every update.</summary>
internal sealed unsafe class PackedLinear : IDisposable
{
    private readonly NativeBuffer<float> _forwardMemory;
    private readonly NativeBuffer<float> _backwardMemory;
    private readonly long _offset;
    private PackedMatrix _forward;
    private PackedMatrix _backward;

    public PackedLinear(long offset, int outputs, int inputs)
    {
        (_offset, Outputs, Inputs) = (offset, outputs, inputs);
        _forwardMemory = new(PackedMatrix.Length(inputs, outputs));
        _backwardMemory = new(PackedMatrix.Length(outputs, inputs));
    }

    public int Outputs { get; }

    public int Inputs { get; }

    public void Repack(float* parameters)
    {
        _forward = Gemm.Pack(parameters + _offset, 1, Inputs, Inputs, Outputs, _forwardMemory.Pointer);
        _backward = Gemm.Pack(parameters + _offset, Inputs, 1, Outputs, Inputs, _backwardMemory.Pointer);
    }

    /// <summary>y [rows, out] = x W^T, or y += x W^T.</summary>
    public void Forward(float* x, int rows, bool accumulate, float* y, GemmScratch scratch)
        => Gemm.Multiply(x, Inputs, 1, _forward, rows, Outputs, Inputs, accumulate, y, Outputs, scratch);

    /// <summary>dx [rows, in] = dy W.</summary>
    public void InputGradient(float* dy, int rows, float* dx, GemmScratch scratch)
        => Gemm.Multiply(dy, Outputs, 1, _backward, rows, Inputs, Outputs, accumulate: false, dx, Inputs, scratch);

    /// <summary>dW [out, in] += dy^T x; <paramref name="packed"/> is scratch for x.</summary>
    public void WeightGradient(float* x, float* dy, int rows, float* packed, float* gradients, GemmScratch scratch)
    {
        PackedMatrix input = Gemm.Pack(x, Inputs, 1, rows, Inputs, packed);
        Gemm.Multiply(dy, 1, Outputs, input, Outputs, Inputs, rows, accumulate: true, gradients + _offset, Inputs, scratch);
    }

    public void Dispose()
    {
        _forwardMemory.Dispose();
        _backwardMemory.Dispose();
    }
}
