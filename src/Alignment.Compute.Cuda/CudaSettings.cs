namespace Alignment.Compute.Cuda;

/// <summary>What the environment asks for.</summary>
internal static class CudaSettings
{
    private const string ProductsVariable = "ALIGNMENT_CUDA_PRODUCTS";

    /// <summary>Whether long prompts are multiplied by NVIDIA's library, which may be faster but gives up batch invariance.</summary>
    /// <exception cref="InvalidOperationException">The variable names no form.</exception>
    public static bool UsesLibrary => Environment.GetEnvironmentVariable(ProductsVariable) switch
    {
        null or "" or "kernels" => false,
        "cublaslt" => true,
        string text => throw new InvalidOperationException($"{ProductsVariable}: '{text}' is none of kernels, cublaslt."),
    };
}
