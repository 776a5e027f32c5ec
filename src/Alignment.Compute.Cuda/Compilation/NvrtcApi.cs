using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Alignment.Compute.Cuda.Driver;

namespace Alignment.Compute.Cuda.Compilation;

/// <summary>NVRTC, the compiler as a library, as far as it is used.</summary>
internal static unsafe partial class NvrtcApi
{
    static NvrtcApi() => CudaLibraries.Register();

    [LibraryImport(CudaLibraries.Compiler)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int nvrtcVersion(out int major, out int minor);

    [LibraryImport(CudaLibraries.Compiler, StringMarshalling = StringMarshalling.Utf8)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int nvrtcCreateProgram(out nint program, string source, string name, int headers, byte** contents, byte** names);

    [LibraryImport(CudaLibraries.Compiler)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int nvrtcDestroyProgram(ref nint program);

    [LibraryImport(CudaLibraries.Compiler, StringMarshalling = StringMarshalling.Utf8)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int nvrtcCompileProgram(nint program, int count, string[] options);

    [LibraryImport(CudaLibraries.Compiler)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int nvrtcGetCUBINSize(nint program, out nuint size);

    [LibraryImport(CudaLibraries.Compiler)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int nvrtcGetCUBIN(nint program, byte* image);

    [LibraryImport(CudaLibraries.Compiler)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int nvrtcGetProgramLogSize(nint program, out nuint size);

    [LibraryImport(CudaLibraries.Compiler)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int nvrtcGetProgramLog(nint program, byte* log);
}
