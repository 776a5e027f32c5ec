using Alignment.Compute.Contract;
using Alignment.Compute.Cuda.Driver;
using Alignment.Compute.Cuda.Memory;
using Alignment.Compute.Cuda.Session;

namespace Alignment.Compute.Cuda.MatMul;

/// <summary>
/// Long prompts by cuBLASLt, everything else by our kernels. Its order of summation depends on the number of rows, so a row is no longer
/// bit for bit the same in every batch: chosen with <c>ALIGNMENT_CUDA_MATMUL=cublaslt</c>, never by itself.
/// </summary>
internal sealed class LibraryMatMul : IMatMul
{
    /// <summary>Shapes kept: a model has four and its head, chunks of prompts come in many lengths.</summary>
    private const int MostShapes = 256;

    private readonly DeviceSession _session;
    private readonly KernelMatMul _kernels;
    private readonly DeviceMemory _workspace;
    private readonly Dictionary<(DType Type, int Rows, int Inputs, int Outputs), LibraryPlan> _shapes = [];
    private readonly nint _library;

    /// <exception cref="DllNotFoundException">The library is not on this machine.</exception>
    public LibraryMatMul(DeviceSession session)
    {
        LibraryPlan.Check(CublasLtApi.cublasLtCreate(out _library), "cublasLtCreate");
        (_session, _kernels, _workspace) = (session, new KernelMatMul(session), session.Allocate(LibraryPlan.WorkspaceBytes));
    }

    /// <inheritdoc/>
    public void Multiply(CudaTensor input, CudaMatrix weight, nint bias, int rows, CudaTensor output)
    {
        if (!weight.IsTiled || rows <= KernelSet.FewRows[^1].Rows)
        {
            _kernels.Multiply(input, weight, bias, rows, output);
            return;
        }

        nint narrow = _kernels.Narrow(input, weight.Type, rows);
        _session.Queue.Flush();
        Shape(weight, rows).Run(narrow, weight.Address, output.Address, _workspace.Address, _session.Stream);
        if (bias != 0)
        {
            _session.Queue.Launch(_session.Kernels.AddBias, rows).With(bias).With(weight.Outputs).With(output.Address);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget();
        _session.Free(_workspace);
        _kernels.Dispose();
        _ = CublasLtApi.cublasLtDestroy(_library);
    }

    private LibraryPlan Shape(CudaMatrix weight, int rows)
    {
        (DType, int, int, int) key = (weight.Type, rows, weight.Inputs, weight.Outputs);
        if (!_shapes.TryGetValue(key, out LibraryPlan? shape))
        {
            if (_shapes.Count == MostShapes)
            {
                Forget();
            }

            _shapes.Add(key, shape = new LibraryPlan(_library, weight.Type, rows, weight.Inputs, weight.Outputs));
        }

        return shape;
    }

    private void Forget()
    {
        foreach (LibraryPlan shape in _shapes.Values)
        {
            shape.Dispose();
        }

        _shapes.Clear();
    }
}
