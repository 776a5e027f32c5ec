using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Cli.Tests;

public sealed class ServeTests
{
    [Fact]
    public async Task A_model_that_cannot_be_served_is_told_and_ends_with_code_2()
    {
        using TemporaryFolder folder = new();
        TinyCheckpoint.Write(folder.Path, TinyArchitecture.Llama);
        File.Delete(folder.File("model.safetensors"));
        (int code, string output, string error) = await CliProcess.RunAsync("serve", "--model", folder.Path, "--urls", "http://127.0.0.1:0");
        Assert.Equal((2, ""), (code, output));
        Assert.Contains("model.safetensors", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_of_the_configuration_counts_where_the_command_names_none()
    {
        using TemporaryFolder folder = new();
        TinyCheckpoint.Write(folder.Path, TinyArchitecture.Llama);
        (int code, _, string error) = await CliProcess.RunAsync(("Alignment__Device", "cuda:99"), ["serve", "--model", folder.Path, "--urls", "http://127.0.0.1:0"])
            .WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(2, code);
        Assert.Contains("cuda:99", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }
}
