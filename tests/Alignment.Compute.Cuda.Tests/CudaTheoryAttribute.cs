namespace Alignment.Compute.Cuda.Tests;

/// <summary>As <see cref="CudaFactAttribute"/>, with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CudaTheoryAttribute : TheoryAttribute
{
    public CudaTheoryAttribute() => Skip = TestDevice.Problem;
}
