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
        (int code, string output, string error) = await CliProcess.RunAsync(
            "serve", "--model", folder.Path, "--urls", "http://127.0.0.1:0");
        Assert.Equal((2, ""), (code, output));
        Assert.Contains("model.safetensors", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_of_the_configuration_counts_where_the_command_names_none()
    {
        using TemporaryFolder folder = new();
        TinyCheckpoint.Write(folder.Path, TinyArchitecture.Llama);
        (int code, _, string error) = await CliProcess.RunAsync(
            ("Alignment__Device", "cuda:99"), ["serve", "--model", folder.Path, "--urls", "http://127.0.0.1:0"])
            .WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(2, code);
        Assert.Contains("cuda:99", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_says_what_may_follow()
    {
        (int code, string output, _) = await CliProcess.RunAsync("serve", "--help");
        Assert.Equal(0, code);
        Assert.All(["--model", "--urls", "--Key=value"], text => Assert.Contains(text, output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Keys_of_the_server_may_follow_and_are_read_strictly()
    {
        using TemporaryFolder folder = new();
        TinyCheckpoint.Write(folder.Path, TinyArchitecture.Llama);
        string[] serve = ["serve", "--model", folder.Path, "--urls", "http://127.0.0.1:0"];
        (int code, string output, string error) = await CliProcess.RunAsync(
            [.. serve, "--Server:MaxPrompts", "0", "--Server:ApiKey=secret", "--modle=x"]);
        Assert.Equal((2, ""), (code, output));
        string[] lines = error.TrimEnd().Split('\n');
        Assert.All(
            ["--modle", "Server:MaxPrompts", "Server:ApiKey"],
            name => Assert.Contains(lines, line => line.Contains(name, StringComparison.Ordinal)));
        Assert.Equal(3, lines.Length);
    }

    /// <summary>It takes nothing that stands behind it for its value.</summary>
    [Fact]
    public async Task A_key_that_is_not_there_is_one_problem()
    {
        using TemporaryFolder folder = new();
        TinyCheckpoint.Write(folder.Path, TinyArchitecture.Llama);
        (int code, _, string error) = await CliProcess.RunAsync("serve", "--model", folder.Path, "--bogus");
        Assert.Equal(2, code);
        Assert.StartsWith("--bogus: unknown", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_folder_cannot_configure_the_server()
    {
        using TemporaryFolder folder = new();
        TinyCheckpoint.Write(folder.Path, TinyArchitecture.Llama);
        File.WriteAllText(folder.File("appsettings.json"), """{"Server": {"AllowAnonymous": true}}""");
        (int code, _, string error) = await CliProcess.RunAsync("serve", "--model", folder.Path, "--urls", "http://0.0.0.0:0");
        Assert.Equal(2, code);
        Assert.Contains("Server:AllowAnonymous", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_length_that_the_model_does_not_have_is_told_in_one_line()
    {
        using TemporaryFolder folder = new();
        TinyCheckpoint.Write(folder.Path, TinyArchitecture.Llama);
        (int code, string output, string error) = await CliProcess.RunAsync(
            "serve", "--model", folder.Path, "--urls", "http://127.0.0.1:0", "--max-model-len", "513")
            .WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(
            "MaxModelLength is 513, and the model has 512 positions", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }
}
