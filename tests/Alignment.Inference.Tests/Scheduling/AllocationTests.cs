using Alignment.Compute.Cpu;

namespace Alignment.Inference.Tests.Scheduling;

/// <summary>The fourth promise: no byte on the managed heap for a decoded token.</summary>
public sealed class AllocationTests
{
    private const int Steps = 70;

    [Theory]
    [InlineData(1, false, false, false), InlineData(2, false, false, false), InlineData(1, true, false, false)]
    [InlineData(2, true, true, false), InlineData(1, false, true, false), InlineData(1, false, false, true)]
    [InlineData(2, true, true, true)]
    public async Task Engine_and_kernels_allocate_nothing_for_a_token(int threads, bool guided, bool edited, bool penalized) =>
        Assert.Equal(0, await AllocationSubjects.StepAsync(CpuBackend.Create(threads), Steps, guided, edited, penalized));

    [Fact]
    public async Task Verification_allocates_nothing_either() =>
        Assert.Equal(0, await AllocationSubjects.VerifyAsync(CpuBackend.Create(threads: 1), Steps));
}
