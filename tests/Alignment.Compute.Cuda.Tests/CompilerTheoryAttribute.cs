namespace Alignment.Compute.Cuda.Tests;

/// <summary>A test that needs the real NVRTC.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CompilerTheoryAttribute : TheoryAttribute
{
    public CompilerTheoryAttribute() =>
        Skip = TestDevice.Problem ?? (TestDevice.HasCompiler ? null : "NVRTC is not here: run tests/clients/nvrtc/fetch.sh");
}
