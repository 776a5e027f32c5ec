namespace Alignment.Compute.Contract.Training;

/// <summary>
/// A weight matrix W [outputs, inputs] and the matmuls of its layer. The numbers stay where they are; a backend may keep a second form of
/// them.
/// </summary>
public abstract unsafe class LinearWeight : IDisposable
{
    /// <summary>Over numbers at <paramref name="values"/>, which the caller owns.</summary>
    protected LinearWeight(ITrainingBackend backend, float* values, int outputs, int inputs)
    {
        (Backend, Outputs, Inputs) = (backend, outputs, inputs);
        Values = values;
    }

    /// <summary>Rows.</summary>
    public int Outputs { get; }

    /// <summary>Columns.</summary>
    public int Inputs { get; }

    /// <summary>What multiplies.</summary>
    protected ITrainingBackend Backend { get; }

    /// <summary>The numbers, row-major.</summary>
    protected float* Values { get; }

    /// <summary>Must be called after the numbers changed.</summary>
    public abstract void Refresh();

    /// <summary>y [rows, outputs] = x W^T, or y += x W^T.</summary>
    public abstract void Forward(float* x, int rows, bool accumulate, float* y);

    /// <summary>dx [rows, inputs] = dy W.</summary>
    public abstract void InputGradient(float* dy, int rows, float* dx);

    /// <summary>dW [outputs, inputs] += dy^T x.</summary>
    public void WeightGradient(float* x, float* dy, int rows, float* dW)
        => Backend.MatMul(
            new MatrixView(dy, Outputs).Transposed, new MatrixView(x, Inputs), Outputs, Inputs, rows, accumulate: true, dW, Inputs);

    /// <inheritdoc/>
    public abstract void Dispose();
}
