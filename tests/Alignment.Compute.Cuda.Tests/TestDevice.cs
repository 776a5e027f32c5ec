using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Alignment.Compute.Cuda.Driver;
using Alignment.Tests;

namespace Alignment.Compute.Cuda.Tests;

/// <summary>
/// What the tests run on: the emulator, which is compiled here from the kernels themselves, or with <c>ALIGNMENT_TEST_CUDA=device</c> a
/// real device. One for the process: a library is loaded once.
/// </summary>
internal static class TestDevice
{
    private static readonly Lazy<string?> s_problem = new(Prepare);

    /// <summary>
    /// A real device's context, held until the process ends: every test opens the device, and making a context takes longer than most
    /// tests.
    /// </summary>
    private static CudaDevice? s_held;

    /// <summary>Why no test can run; null when they can.</summary>
    public static string? Problem => s_problem.Value;

    /// <summary>In which order the threads of a block run: 0 forwards, 1 backwards, 2 shuffled. A real device has its own.</summary>
    public static unsafe void SetOrder(int order)
    {
        if (!IsReal)
        {
            _ = ((delegate* unmanaged[Cdecl]<int, int>)Export("emulator_set_order"))(order);
        }
    }

    /// <summary>Whether the device can be asked what it did, and told what to do.</summary>
    public static bool IsEmulated => !IsReal;

    /// <summary>Whether the emulated device refuses memory.</summary>
    public static unsafe void SetFull(bool isFull) =>
        _ = ((delegate* unmanaged[Cdecl]<int, int>)Export("emulator_set_full"))(isFull ? 1 : 0);

    /// <summary>Graphs launched since the process began; 0 on a real device.</summary>
    public static unsafe int LaunchedGraphs() => IsReal ? 0 : ((delegate* unmanaged[Cdecl]<int>)Export("emulator_launched_graphs"))();

    /// <summary>
    /// Whether kernels are compiled by NVRTC rather than by its double: on a device, or after tests/clients/nvrtc/fetch.sh.
    /// </summary>
    public static bool HasCompiler => IsReal || File.Exists(Path.Combine(Fetched, "libnvrtc.so.12"));

    private static string Fetched { get; } = Path.Combine(RepositoryPaths.Clients, "nvrtc", "lib");

    private static bool IsReal => Environment.GetEnvironmentVariable("ALIGNMENT_TEST_CUDA") == "device";

    private static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "emulated-cuda");

    private static nint Export(string name) => NativeLibrary.GetExport(NativeLibrary.Load(Path.Combine(Folder, "libcuda.so.1")), name);

    private static string? Prepare()
    {
        if (IsReal)
        {
            s_held = CudaBackend.IsAvailable ? new CudaDevice(0) : null;
            return s_held is null ? "no CUDA driver on this machine" : null;
        }

        Directory.CreateDirectory(Folder);
        string driver = Path.Combine(Folder, "libcuda.so.1");
        if (Compile(driver) is { } problem)
        {
            return problem;
        }

        foreach (string stale in Directory.GetFiles(Folder, "libnvrtc*"))
        {
            File.Delete(stale);
        }

        File.Copy(driver, Path.Combine(Folder, "libcublasLt.so.13"), overwrite: true);

        if (HasCompiler)
        {
            Array.ForEach(Directory.GetFiles(Fetched), file => File.CreateSymbolicLink(Path.Combine(Folder, Path.GetFileName(file)), file));
        }
        else
        {
            File.Copy(driver, Path.Combine(Folder, "libnvrtc.so.13"));
        }

        Environment.SetEnvironmentVariable("ALIGNMENT_CUDA_LIBRARIES", Folder);
        Environment.SetEnvironmentVariable("XDG_DATA_HOME", Folder);
        return null;
    }

    private static string? Compile(string output)
    {
        string kernels = Path.Combine(RepositoryPaths.Root, "src", "Alignment.Compute.Cuda", "Kernels");
        string emulation = Path.Combine(RepositoryPaths.Root, "tests", "Alignment.Compute.Cuda.Tests", "Emulation");
        string[] sources = [Path.Combine(emulation, "fake_cuda.cpp"), Path.Combine(emulation, "fake_cublaslt.cpp")];
        ProcessStartInfo start = new(
            "g++",
            [
                "-std=c++20", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-fno-strict-aliasing", "-I", kernels, .. sources, "-o",
                output,
            ])
        {
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(start) ?? throw new InvalidOperationException("g++ did not start");
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0
                ? null
                : throw new InvalidOperationException($"the kernels do not compile for the host:\n{errors}");
        }
        catch (Win32Exception)
        {
            return "no g++ to compile the emulator with";
        }
    }
}
