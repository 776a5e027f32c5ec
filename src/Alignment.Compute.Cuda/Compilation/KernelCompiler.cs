using System.Text;
using Alignment.Compute.Cuda.Driver;

namespace Alignment.Compute.Cuda.Compilation;

/// <summary>Compiles the kernels for one architecture, to machine code: inline assembly and resource limits are checked too.</summary>
internal static unsafe class KernelCompiler
{
    /// <summary>"12.4".</summary>
    public static string Version
    {
        get
        {
            Check(NvrtcApi.nvrtcVersion(out int major, out int minor), "nvrtcVersion", 0);
            return $"{major}.{minor}";
        }
    }

    /// <summary>The code, and what the assembler said about registers and spills.</summary>
    /// <exception cref="CudaException">The source does not compile; the message has the log.</exception>
    public static (byte[] Image, string Log) Compile(string source, string architecture)
    {
        Check(NvrtcApi.nvrtcCreateProgram(out nint program, source, "alignment.cu", 0, null, null), "nvrtcCreateProgram", 0);
        try
        {
            string[] options =
            [
                $"--gpu-architecture={architecture}", "--std=c++17", "-default-device", "--fmad=true", "--ptxas-options=-v",
            ];
            Check(NvrtcApi.nvrtcCompileProgram(program, options.Length, options), "nvrtcCompileProgram", program);
            Check(NvrtcApi.nvrtcGetCUBINSize(program, out nuint size), "nvrtcGetCUBINSize", program);
            byte[] image = new byte[size];
            fixed (byte* pointer = image)
            {
                Check(NvrtcApi.nvrtcGetCUBIN(program, pointer), "nvrtcGetCUBIN", program);
            }

            return (image, Log(program));
        }
        finally
        {
            _ = NvrtcApi.nvrtcDestroyProgram(ref program);
        }
    }

    private static void Check(int result, string call, nint program)
    {
        if (result != 0)
        {
            throw new CudaException($"{call} failed with {result}{(program == 0 ? "" : $": {Log(program)}")}");
        }
    }

    private static string Log(nint program)
    {
        if (NvrtcApi.nvrtcGetProgramLogSize(program, out nuint size) != 0 || size <= 1)
        {
            return "";
        }

        byte[] log = new byte[size];
        fixed (byte* pointer = log)
        {
            return NvrtcApi.nvrtcGetProgramLog(program, pointer) == 0 ? Encoding.UTF8.GetString(log).TrimEnd('\0') : "";
        }
    }
}
