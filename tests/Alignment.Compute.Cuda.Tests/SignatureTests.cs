using System.Reflection;
using System.Runtime.InteropServices;
using Alignment.Compute.Cuda.Driver;
using Alignment.Compute.Cuda.Tests.Signatures;
using Xunit.Abstractions;

namespace Alignment.Compute.Cuda.Tests;

/// <summary>Imported functions against the prototypes of CUDA's own headers: a wrong width would corrupt a call without a word.</summary>
public sealed class SignatureTests(ITestOutputHelper output)
{
    private const int LeastChecked = 15;

    private static readonly Dictionary<string, Prototype> s_imports = typeof(CudaBackend).Assembly.GetTypes()
        .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(method => method.IsDefined(typeof(LibraryImportAttribute)))
        .ToDictionary(method => method.GetCustomAttribute<LibraryImportAttribute>()!.EntryPoint ?? method.Name, Prototype.Of);

    [HeaderFact]
    public void Every_import_has_the_parameters_that_the_headers_declare()
    {
        List<string> problems = [];
        int checkedByFetched = 0;
        foreach ((string name, Prototype import) in s_imports.OrderBy(import => import.Key, StringComparer.Ordinal))
        {
            Prototype[] declared =
            [
                .. new[] { CudaHeaders.Fetched, CudaHeaders.Toolkit }
                .Select(header => header?.Functions.GetValueOrDefault(name))
                .OfType<Prototype>(),
            ];
            problems.AddRange(
                declared.Select(prototype => prototype.Difference(import)).OfType<string>().Select(difference => $"{name}, {difference}"));
            checkedByFetched += CudaHeaders.Fetched?.Functions.ContainsKey(name) == true ? 1 : 0;
            output.WriteLine($"{name}: {(declared.Length > 0 ? "checked" : "not in any header here")}");
        }

        Assert.True(problems.Count == 0, string.Join('\n', problems));
        Assert.True(
            CudaHeaders.Fetched is null || checkedByFetched >= LeastChecked,
            $"The header declares only {checkedByFetched} of the imports.");
    }

    [Theory]
    [InlineData("CUresult CUDAAPI cuMemHostAlloc(CUdeviceptr *dptr, size_t bytesize, unsigned int flags);", null)]
    [InlineData("typedef CUresult CUDAAPI tcuMemHostAlloc(CUdeviceptr *dptr, size_t bytesize, unsigned int flags);", null)]
    [InlineData(
        "CUresult CUDAAPI cuMemHostAlloc(CUdeviceptr *dptr, unsigned int bytesize, unsigned int flags);",
        "parameter 2: Int in the header, Size in C#")]
    [InlineData(
        "CUresult CUDAAPI cuMemHostAlloc(unsigned int *dptr, size_t bytesize, unsigned int flags);",
        "parameter 1: pointer to Int in the header, pointer to Address in C#")]
    [InlineData(
        "CUresult CUDAAPI cuMemHostAlloc(size_t bytesize, CUdeviceptr *dptr, unsigned int flags);",
        "parameter 1: Size in the header, pointer to Address in C#")]
    [InlineData(
        "CUresult CUDAAPI cuMemHostAlloc(CUdeviceptr *dptr, size_t bytesize, unsigned int flags, int node);",
        "4 parameters in the header, 3 in C#")]
    [InlineData("CUresult CUDAAPI cuMemHostAlloc(void);", "0 parameters in the header, 3 in C#")]
    [InlineData(
        "CUdeviceptr CUDAAPI cuMemHostAlloc(CUdeviceptr *dptr, size_t bytesize, unsigned int flags);",
        "result: Long in the header, Int in C#")]
    [InlineData(
        "CUresult CUDAAPI cuMemHostAlloc(CUunseen dptr, size_t bytesize, unsigned int flags);",
        "parameter 1: Unknown in the header, pointer to Address in C#")]
    [InlineData("CUresult CUDAAPI cuStreamSynchronize(CUstream hStream);", null)]
    [InlineData("CUresult CUDAAPI cuStreamSynchronize(CUdevice device);", "parameter 1: Int in the header, Address in C#")]
    [InlineData(
        "CUresult CUDAAPI cuMemsetD8Async(CUdeviceptr at, unsigned short value, size_t N, CUstream hStream);",
        "parameter 2: Short in the header, Byte in C#")]
    [InlineData("nvrtcResult nvrtcCompileProgram(nvrtcProgram prog, int numOptions,\n    const char * const *options);", null)]
    [InlineData(
        "nvrtcResult nvrtcCompileProgram(nvrtcProgram prog, int numOptions, const int *options);",
        "parameter 3: pointer to Int in the header, pointer to pointer to Byte in C#")]
    [InlineData(
        "nvrtcResult nvrtcGetProgramLogSize(nvrtcProgram prog, int *logSizeRet);",
        "parameter 2: pointer to Int in the header, pointer to Size in C#")]
    public void A_difference_is_found_and_named(string declaration, string? difference)
    {
        const string Types = """
            typedef enum cudaError_enum { CUDA_SUCCESS = 0 } CUresult; typedef enum { NVRTC_SUCCESS = 0 } nvrtcResult; typedef int CUdevice_v1; typedef CUdevice_v1 CUdevice;
            typedef struct CUstream_st *CUstream; typedef struct _nvrtcProgram *nvrtcProgram; /* typedef int CUdeviceptr; */ typedef unsigned long long CUdeviceptr;
            """;
        (string name, Prototype prototype) = Assert.Single(new CHeader(Types + declaration).Functions);
        Assert.Equal(difference, prototype.Difference(s_imports[name]));
    }

    /// <summary>As cuda.h and cublasLt.h write them.</summary>
    [Fact]
    public void A_toolkits_headers_are_read_by_exported_names()
    {
        CHeader header = new(
            """
            typedef enum CUresult_enum { ONE } CUresult;
            #define cuMemFree cuMemFree_v2
            #define cuStreamBeginCapture                __CUDA_API_PTSZ(cuStreamBeginCapture_v2)
            typedef void (CUDA_CB *CUhostFn)(void *userData);
            CUresult CUDAAPI cuMemFree(unsigned long long dptr); // freed
            CUresult CUDAAPI cuStreamBeginCapture(struct CUstream_st *hStream, enum CUmode_enum mode);
            CUresult CUDAAPI cuLaunchHostFunc(struct CUstream_st *hStream, CUhostFn fn, void *userData);
            CUresult CUDAAPI cuMemFree(unsigned int dptr);
            """,
            """
            static inline CUresult cublasLtInit(int a) { return cublasLtInit_internal(a); }
            CUresult CUBLASWINAPI cublasLtMatmulAlgoGetHeuristic(float alpha, double beta, int results[], const void* const* pointers);
            """);
        Assert.Equal(
            ["cuLaunchHostFunc", "cuMemFree_v2", "cuStreamBeginCapture_v2", "cublasLtMatmulAlgoGetHeuristic"],
            header.Functions.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([NativeKind.Long], header.Functions["cuMemFree_v2"].Parameters.Select(parameter => parameter.Kind));
        Assert.Equal(
            [NativeKind.Pointer, NativeKind.Pointer, NativeKind.Pointer],
            header.Functions["cuLaunchHostFunc"].Parameters.Select(parameter => parameter.Kind));
        Assert.Equal(
            [NativeKind.Float, NativeKind.Double, NativeKind.Pointer, NativeKind.Pointer],
            header.Functions["cublasLtMatmulAlgoGetHeuristic"].Parameters.Select(parameter => parameter.Kind));
    }
}
