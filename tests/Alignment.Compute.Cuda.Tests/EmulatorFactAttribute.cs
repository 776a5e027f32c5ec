namespace Alignment.Compute.Cuda.Tests;

/// <summary>A test that tells the emulated device how to behave.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class EmulatorFactAttribute : FactAttribute
{
    public EmulatorFactAttribute() =>
        Skip = TestDevice.Problem ?? (TestDevice.IsEmulated ? null : "a real device does not refuse memory when it is told to");
}
