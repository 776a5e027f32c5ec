using System.CommandLine;
using System.CommandLine.Parsing;
using Alignment.Hosting.Devices;

namespace Alignment.Cli.Options;

/// <summary>Where a command computes.</summary>
internal static class DeviceOption
{
    public static Option<string> Create() => new("--device")
    {
        Description = "cpu, cuda:N, or auto: the first CUDA device where one can be used.",
        DefaultValueFactory = _ => DeviceChoice.Cpu,
        CustomParser = result => result.Tokens is [var token] ? Parse(token.Value, result) : null,
    };

    private static string Parse(string device, ArgumentResult result)
    {
        if (!DeviceChoice.IsKnown(device))
        {
            result.AddError($"--device must be one of {DeviceChoice.Forms}{NumberOption.Not(device)}");
        }

        return device;
    }
}
