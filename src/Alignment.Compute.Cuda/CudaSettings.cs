namespace Alignment.Compute.Cuda;

/// <summary>What the environment asks for.</summary>
internal static class CudaSettings
{
    private const string MatMulVariable = "ALIGNMENT_CUDA_MATMUL";

    /// <summary>Whether long prompts are multiplied by NVIDIA's library, which may be faster but gives up batch invariance.</summary>
    /// <exception cref="InvalidOperationException">The variable names no form.</exception>
    public static bool UsesLibrary => Environment.GetEnvironmentVariable(MatMulVariable) switch
    {
        null or "" or "kernels" => false,
        "cublaslt" => true,
        string text => throw new InvalidOperationException($"{MatMulVariable}: '{text}' is none of kernels, cublaslt."),
    };
}
