using System.CommandLine;
using Alignment.Hosting.Devices;

namespace Alignment.Cli.Options;

/// <summary>Where a command computes.</summary>
internal static class DeviceOption
{
    public static Option<string> Create() => new("--device")
    {
        Description = "cpu, cuda:N, or auto: the first CUDA device where one can be used.",
        DefaultValueFactory = _ => DeviceChoice.Cpu,
        CustomParser = result =>
        {
            string device = result.Tokens[0].Value;
            if (!DeviceChoice.IsKnown(device))
            {
                result.AddError($"--device must be one of {DeviceChoice.Forms}");
            }

            return device;
        },
    };
}
