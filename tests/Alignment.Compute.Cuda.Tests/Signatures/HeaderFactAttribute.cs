namespace Alignment.Compute.Cuda.Tests.Signatures;

/// <summary>A test against CUDA's headers.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class HeaderFactAttribute : FactAttribute
{
    public HeaderFactAttribute() =>
        Skip = (CudaHeaders.Fetched ?? CudaHeaders.Toolkit) is null
            ? "no CUDA header is here: run tests/clients/cuda-headers/fetch.sh"
            : null;
}
