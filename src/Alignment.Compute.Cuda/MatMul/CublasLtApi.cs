using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Alignment.Compute.Cuda.Driver;

namespace Alignment.Compute.Cuda.MatMul;

/// <summary>cuBLASLt, as far as it is used. Every call returns a cublasStatus_t; 0 is success.</summary>
internal static unsafe partial class CublasLtApi
{
    /// <summary>CUBLAS_COMPUTE_32F.</summary>
    public const int Compute32F = 68;

    /// <summary>CUDA_R_32F.</summary>
    public const int Real32F = 0;

    /// <summary>CUDA_R_16F.</summary>
    public const int Real16F = 2;

    /// <summary>CUDA_R_16BF.</summary>
    public const int Real16BF = 14;

    /// <summary>CUBLASLT_MATMUL_DESC_TRANSA.</summary>
    public const int TransposeFirst = 3;

    /// <summary>CUBLAS_OP_T.</summary>
    public const int Transposed = 1;

    /// <summary>CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES.</summary>
    public const int MaxWorkspaceBytes = 1;

    static CublasLtApi() => CudaLibraries.Register();

    [LibraryImport(CudaLibraries.CublasLt)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int cublasLtCreate(out nint library);

    [LibraryImport(CudaLibraries.CublasLt)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int cublasLtDestroy(nint library);

    [LibraryImport(CudaLibraries.CublasLt)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int cublasLtMatmulDescCreate(out nint description, int compute, int scale);

    [LibraryImport(CudaLibraries.CublasLt)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int cublasLtMatmulDescSetAttribute(nint description, int attribute, void* value, nuint bytes);

    [LibraryImport(CudaLibraries.CublasLt)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int cublasLtMatmulDescDestroy(nint description);

    [LibraryImport(CudaLibraries.CublasLt)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int cublasLtMatrixLayoutCreate(out nint layout, int type, ulong rows, ulong columns, long stride);

    [LibraryImport(CudaLibraries.CublasLt)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int cublasLtMatrixLayoutDestroy(nint layout);

    [LibraryImport(CudaLibraries.CublasLt)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int cublasLtMatmulPreferenceCreate(out nint preference);

    [LibraryImport(CudaLibraries.CublasLt)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int cublasLtMatmulPreferenceSetAttribute(nint preference, int attribute, void* value, nuint bytes);

    [LibraryImport(CudaLibraries.CublasLt)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int cublasLtMatmulPreferenceDestroy(nint preference);

    [LibraryImport(CudaLibraries.CublasLt)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int cublasLtMatmulAlgoGetHeuristic(
        nint library,
        nint description,
        nint a,
        nint b,
        nint c,
        nint d,
        nint preference,
        int requested,
        Heuristic* results,
        out int returned);

    [LibraryImport(CudaLibraries.CublasLt)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int cublasLtMatmul(
        nint library,
        nint description,
        void* alpha,
        nint a,
        nint aLayout,
        nint b,
        nint bLayout,
        void* beta,
        nint c,
        nint cLayout,
        nint d,
        nint dLayout,
        Heuristic* algorithm, nint workspace, nuint workspaceBytes, nint stream);

    /// <summary><c>cublasLtMatmulHeuristicResult_t</c>, which begins with its <c>cublasLtMatmulAlgo_t</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Heuristic
    {
        public fixed ulong Algorithm[8];
        public nuint WorkspaceBytes;
        public int State;
        public float Waves;
        public fixed int Reserved[4];
    }
}
