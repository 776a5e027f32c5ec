using Alignment.Compute.Contract;
using Alignment.Compute.Cuda.Driver;

namespace Alignment.Compute.Cuda.MatMul;

/// <summary>
/// One shape of matmul as cuBLASLt plans it, <c>output[rows, outputs] = input[rows, inputs] weight[outputs, inputs]^T</c>. The library
/// counts by columns: a row-major matrix is the transpose of what it sees, so the weight comes first, transposed.
/// </summary>
internal sealed unsafe class LibraryPlan : IDisposable
{
    /// <summary>What NVIDIA's guide recommends for Hopper.</summary>
    public const int WorkspaceBytes = 32 << 20;

    private readonly nint _library;
    private readonly nint _description;
    private readonly nint _weight;
    private readonly nint _input;
    private readonly nint _output;
    private CublasLtApi.Heuristic _heuristic;

    public LibraryPlan(nint library, DType type, int rows, int inputs, int outputs)
    {
        int narrow = type == DType.Bf16 ? CublasLtApi.Real16BF : CublasLtApi.Real16F;
        int transposed = CublasLtApi.Transposed;
        _library = library;
        Check(
            CublasLtApi.cublasLtMatmulDescCreate(out _description, CublasLtApi.Compute32F, CublasLtApi.Real32F),
            "cublasLtMatmulDescCreate");
        Check(
            CublasLtApi.cublasLtMatmulDescSetAttribute(_description, CublasLtApi.TransposeFirst, &transposed, sizeof(int)),
            "cublasLtMatmulDescSetAttribute");
        _weight = Layout(narrow, inputs, outputs);
        _input = Layout(narrow, inputs, rows);
        _output = Layout(CublasLtApi.Real32F, outputs, rows);
        FindAlgorithm();
    }

    /// <summary>Queues the matmul; addresses on the device.</summary>
    public void Run(nint input, nint weight, nint output, nint workspace, CudaStream stream)
    {
        (float alpha, float beta) = (1, 0);
        fixed (CublasLtApi.Heuristic* heuristic = &_heuristic)
        {
            int status = CublasLtApi.cublasLtMatmul(
                _library,
                _description,
                &alpha,
                weight,
                _weight,
                input,
                _input,
                &beta,
                output,
                _output,
                output,
                _output,
                heuristic,
                workspace,
                WorkspaceBytes,
                stream.Address);
            Check(status, "cublasLtMatmul");
        }
    }

    public void Dispose()
    {
        foreach (nint layout in (nint[])[_weight, _input, _output])
        {
            _ = CublasLtApi.cublasLtMatrixLayoutDestroy(layout);
        }

        _ = CublasLtApi.cublasLtMatmulDescDestroy(_description);
    }

    /// <exception cref="CudaException">The status is not success.</exception>
    public static void Check(int status, string call)
    {
        if (status != 0)
        {
            throw new CudaException($"{call} failed with status {status}");
        }
    }

    private static nint Layout(int type, int rows, int columns)
    {
        Check(
            CublasLtApi.cublasLtMatrixLayoutCreate(out nint layout, type, (ulong)rows, (ulong)columns, rows), "cublasLtMatrixLayoutCreate");
        return layout;
    }

    private void FindAlgorithm()
    {
        nuint workspace = WorkspaceBytes;
        Check(CublasLtApi.cublasLtMatmulPreferenceCreate(out nint preference), "cublasLtMatmulPreferenceCreate");
        try
        {
            Check(
                CublasLtApi.cublasLtMatmulPreferenceSetAttribute(
                    preference, CublasLtApi.MaxWorkspaceBytes, &workspace, (nuint)sizeof(nuint)),
                "cublasLtMatmulPreferenceSetAttribute");
            fixed (CublasLtApi.Heuristic* heuristic = &_heuristic)
            {
                int status = CublasLtApi.cublasLtMatmulAlgoGetHeuristic(
                    _library, _description, _weight, _input, _output, _output, preference, 1, heuristic, out int found);
                Check(status == 0 && found == 0 ? -1 : status, "cublasLtMatmulAlgoGetHeuristic");
            }
        }
        finally
        {
            _ = CublasLtApi.cublasLtMatmulPreferenceDestroy(preference);
        }
    }
}
