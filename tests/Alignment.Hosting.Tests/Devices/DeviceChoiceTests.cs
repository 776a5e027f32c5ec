using Alignment.Compute.Contract;
using Alignment.Compute.Cuda.Driver;
using Alignment.Hosting.Devices;

namespace Alignment.Hosting.Tests.Devices;

public sealed class DeviceChoiceTests
{
    [Theory]
    [InlineData("cpu", true)]
    [InlineData("auto", true)]
    [InlineData("cuda:0", true)]
    [InlineData("cuda:17", true)]
    [InlineData("cuda", false)]
    [InlineData("cuda:-1", false)]
    [InlineData("cuda:x", false)]
    [InlineData("tpu", false)]
    [InlineData("", false)]
    public void A_word_names_a_device_or_not(string device, bool known) => Assert.Equal(known, DeviceChoice.IsKnown(device));

    [Fact]
    public void The_host_is_always_there()
    {
        ChosenDevice chosen = DeviceChoice.Open("cpu", threads: 1);
        using IBackend backend = chosen.Backend;
        Assert.Equal($"{backend.Description} (as configured)", chosen.ToString());
        Assert.StartsWith("cpu, ", backend.Description, StringComparison.Ordinal);
    }

    /// <summary>On a machine with a usable device it is that one; on any other the host.</summary>
    [Fact]
    public void Auto_always_opens_a_device_and_says_why()
    {
        ChosenDevice chosen = DeviceChoice.Open("auto", threads: 1);
        using IBackend backend = chosen.Backend;
        Assert.StartsWith("auto: ", chosen.Reason, StringComparison.Ordinal);
        Assert.Equal(backend.Description.StartsWith("cuda:0, ", StringComparison.Ordinal), chosen.Reason == "auto: first CUDA device");
    }

    [Theory]
    [InlineData("cpu", null, "as configured")]
    [InlineData("cuda:1", null, "as configured")]
    [InlineData("auto", null, "auto: first CUDA device")]
    [InlineData("auto", "no CUDA driver on this machine", "auto: no CUDA driver on this machine")]
    public void The_reason_says_whether_the_operator_or_the_machine_decided(string device, string? problem, string reason) =>
        Assert.Equal(reason, DeviceChoice.Reason(device, problem));

    [Fact]
    public void Every_problem_of_a_device_is_one_line_that_names_it()
    {
        Assert.Equal(
            "cuInit failed with 100: no CUDA-capable device is detected",
            DeviceChoice.Problem(new CudaException("cuInit failed with 100: no CUDA-capable device is detected")));
        Assert.Equal(
            "cuMemAlloc_v2 failed with 2: out of memory",
            DeviceChoice.Problem(new InsufficientMemoryException("cuMemAlloc_v2 failed with 2: out of memory")));
        Assert.Equal(
            "nvrtcCompileProgram failed with 6: rows.cu(3): error",
            DeviceChoice.Problem(new CudaException("nvrtcCompileProgram failed with 6: rows.cu(3): error\r\n  more\n")));
        Assert.Contains(
            "too old: Unable to find cuNew",
            DeviceChoice.Problem(new EntryPointNotFoundException("Unable to find cuNew")),
            StringComparison.Ordinal);
        Assert.Contains("NVRTC", DeviceChoice.Problem(new DllNotFoundException("Unable to load\nmany\nlines")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_is_not_there_is_one_clear_line()
    {
        DeviceUnavailableException fault = Assert.Throws<DeviceUnavailableException>(() => DeviceChoice.Open("cuda:63", threads: null));
        Assert.StartsWith("cuda:63: ", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault.Message);
    }
}
