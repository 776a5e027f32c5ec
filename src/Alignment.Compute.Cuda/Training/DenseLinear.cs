using Alignment.Compute.Contract.Training;

namespace Alignment.Compute.Cuda.Training;

/// <summary>On the device a weight needs no second form: the matmul reads any orientation.</summary>
internal sealed unsafe class DenseLinear(ITrainingBackend backend, float* values, int outputs, int inputs) : LinearWeight(
    backend, values, outputs, inputs)
{
    public override void Refresh()
    {
    }

    public override void Forward(float* x, int rows, bool accumulate, float* y)
        => Backend.MatMul(
            new MatrixView(x, Inputs), new MatrixView(Values, Inputs).Transposed, rows, Outputs, Inputs, accumulate, y, Outputs);

    public override void InputGradient(float* dy, int rows, float* dx)
        => Backend.MatMul(
            new MatrixView(dy, Outputs), new MatrixView(Values, Inputs), rows, Inputs, Outputs, accumulate: false, dx, Inputs);

    public override void Dispose()
    {
    }
}
