using Alignment.Compute.Contract.Training;
using Alignment.Compute.Memory;

namespace Alignment.Compute.Cpu.Training;

/// <summary>On the host: the weight packed for the matmuls of the forward pass and of the input gradient.</summary>
internal sealed unsafe class PackedLinear : LinearWeight
{
    private readonly CpuTrainingBackend _backend;
    private readonly NativeBuffer<float> _forwardMemory;
    private readonly NativeBuffer<float> _backwardMemory;
    private PackedMatrix _forward;
    private PackedMatrix _backward;

    public PackedLinear(CpuTrainingBackend backend, float* values, int outputs, int inputs)
        : base(backend, values, outputs, inputs)
    {
        _backend = backend;
        _forwardMemory = new(PackedMatrix.Length(inputs, outputs));
        _backwardMemory = new(PackedMatrix.Length(outputs, inputs));
    }

    public override void Refresh()
    {
        _forward = PackedMatMul.Pack(Values, 1, Inputs, Inputs, Outputs, _forwardMemory.Pointer);
        _backward = PackedMatMul.Pack(Values, Inputs, 1, Outputs, Inputs, _backwardMemory.Pointer);
    }

    public override void Forward(float* x, int rows, bool accumulate, float* y)
        => PackedMatMul.Multiply(x, Inputs, 1, _forward, rows, Outputs, Inputs, accumulate, y, Outputs, _backend.Scratch.MatMul);

    public override void InputGradient(float* dy, int rows, float* dx)
        => PackedMatMul.Multiply(dy, Outputs, 1, _backward, rows, Inputs, Outputs, accumulate: false, dx, Inputs, _backend.Scratch.MatMul);

    public override void Dispose()
    {
        _forwardMemory.Dispose();
        _backwardMemory.Dispose();
    }
}
