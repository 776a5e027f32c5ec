using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Alignment.Compute.Cuda.Driver;

/// <summary>A call of the driver or of NVRTC failed; the message names it.</summary>
public sealed class CudaException(string message) : Exception(message)
{
    private const int OutOfMemory = 2;

    /// <exception cref="CudaException">The result is not success.</exception>
    /// <exception cref="InsufficientMemoryException">The device's memory is full.</exception>
    internal static unsafe void Check(int result, [CallerArgumentExpression(nameof(result))] string call = "")
    {
        if (result == 0)
        {
            return;
        }

        string text = DriverApi.cuGetErrorString(result, out byte* message) == 0
            ? Marshal.PtrToStringUTF8((nint)message) ?? ""
            : "unknown error";
        string described = $"{call[..call.IndexOf('(', StringComparison.Ordinal)]} failed with {result}: {text}";
        throw result == OutOfMemory ? new InsufficientMemoryException(described) : new CudaException(described);
    }
}
