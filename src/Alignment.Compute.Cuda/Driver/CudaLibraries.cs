using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Alignment.Compute.Cuda.Driver;

/// <summary>
/// Finds the driver, NVRTC and cuBLASLt: first in the folders that <c>ALIGNMENT_CUDA_LIBRARIES</c> names (separated like PATH), then where
/// the system looks. Those of CUDA 13 and 12 are both known.
/// </summary>
internal static class CudaLibraries
{
    public const string Driver = "cuda";
    public const string Compiler = "nvrtc";
    public const string CublasLt = "cublasLt";

    private const string FoldersVariable = "ALIGNMENT_CUDA_LIBRARIES";

    private static readonly string[] s_drivers = ["libcuda.so.1", "nvcuda.dll"];
    private static readonly string[] s_cublasLts = ["libcublasLt.so.13", "libcublasLt.so.12", "cublasLt64_13.dll", "cublasLt64_12.dll"];
    private static readonly string[] s_compilers = ["libnvrtc.so.13", "libnvrtc.so.12", "nvrtc64_130_0.dll", "nvrtc64_120_0.dll"];

    /// <summary>Whether the driver's library is on this machine.</summary>
    public static bool HasDriver => TryLoad(s_drivers, out _);

    static CudaLibraries() => NativeLibrary.SetDllImportResolver(typeof(CudaLibraries).Assembly, Resolve);

    /// <summary>Called before the first import is resolved.</summary>
    public static void Register() => RuntimeHelpers.RunClassConstructor(typeof(CudaLibraries).TypeHandle);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name switch
    {
        Driver when TryLoad(s_drivers, out nint driver) => driver,
        Compiler when TryLoad(s_compilers, out nint compiler) => compiler,
        CublasLt when TryLoad(s_cublasLts, out nint cublasLt) => cublasLt,
        _ => 0,
    };

    private static bool TryLoad(string[] names, out nint library)
    {
        string[] folders = Environment.GetEnvironmentVariable(FoldersVariable)?.Split(
            Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            ?? [];
        Array.ForEach(folders, LoadBuiltins);
        foreach (string name in names)
        {
            foreach (string candidate in folders.Select(folder => Path.Combine(folder, name)).Append(name))
            {
                if (NativeLibrary.TryLoad(candidate, out library))
                {
                    return true;
                }
            }
        }

        library = 0;
        return false;
    }

    /// <summary>NVRTC opens its builtins by bare name, which fails outside the system's folders unless they are loaded already.</summary>
    private static void LoadBuiltins(string folder)
    {
        foreach (string file in Directory.Exists(folder) ? Directory.GetFiles(folder, "libnvrtc-builtins.so.*") : [])
        {
            _ = NativeLibrary.TryLoad(file, out _);
        }
    }
}
