namespace Alignment.Compute.Cuda.Tests;

/// <summary>A test that needs a device, emulated or real; skipped with the reason where there is neither.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CudaFactAttribute : FactAttribute
{
    public CudaFactAttribute() => Skip = TestDevice.Problem;
}
