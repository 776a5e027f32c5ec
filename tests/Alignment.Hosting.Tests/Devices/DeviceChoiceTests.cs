using Alignment.Compute.Backends;
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
        using IBackend backend = DeviceChoice.Open("cpu", threads: 1);
        Assert.StartsWith("cpu", backend.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_is_not_there_is_one_clear_line()
    {
        DeviceUnavailableException fault = Assert.Throws<DeviceUnavailableException>(() => DeviceChoice.Open("cuda:63", threads: null));
        Assert.StartsWith("cuda:63: ", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault.Message);
    }
}
