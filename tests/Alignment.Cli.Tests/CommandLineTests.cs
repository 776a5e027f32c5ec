using System.CommandLine;
using System.Diagnostics;
using Alignment.Tests;

namespace Alignment.Cli.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("--help")]
    [InlineData("train", "--help")]
    public async Task Help_goes_to_standard_output(params string[] arguments)
    {
        (int code, string output, string error) = await RunAsync(arguments);
        Assert.Equal(0, code);
        Assert.Contains("Usage:", output, StringComparison.Ordinal);
        Assert.Empty(error);
    }

    [Fact]
    public async Task A_mistake_is_one_line_on_standard_error_and_code_2()
    {
        (int code, string output, string error) = await RunAsync("bogus", "--nothing");
        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.Contains("bogus", error, StringComparison.Ordinal);
        Assert.Contains("--nothing", error, StringComparison.Ordinal);
    }

    /// <summary>Every option of every command, with values that are nothing: the messages are ours, and say option and value.</summary>
    [Theory]
    [InlineData(""), InlineData("x"), InlineData("-1"), InlineData("1e999"), InlineData("\u001b[2J")]
    public void No_option_answers_with_names_of_the_program(string value)
    {
        Option[] options = [.. Commands(AlignmentCommandLine.Root(), []).SelectMany(command => command.Own.Options)];
        Assert.True(options.Length > 60);
        foreach ((Command command, string[] path) in Commands(AlignmentCommandLine.Root(), []))
        {
            string[] prompt = command.Name == "generate" ? ["--prompt", "x"] : []; // it wants this before anything else
            foreach (Option option in command.Options)
            {
                foreach (string[] given in new string[][] { [option.Name, value], [$"{option.Name}={value}"], [option.Name] })
                {
                    string[] arguments = [.. path, .. prompt, .. given];
                    string[] errors = [.. AlignmentCommandLine.Root().Parse(arguments).Errors.Select(error => error.Message)];
                    string[] foreign = ["System.", "(Parameter", "Exception", "Cannot parse"];
                    Assert.All(errors, error => Assert.All(
                        foreign, word => Assert.DoesNotContain(word, error, StringComparison.Ordinal)));
                    Assert.True(
                        option.ValueType != typeof(int) || errors.Any(error => error.Contains(option.Name, StringComparison.Ordinal)),
                        $"{string.Join(' ', [.. path, .. given])}: {string.Join("; ", errors)}");
                }
            }
        }
    }

    [Fact]
    public async Task A_terminal_obeys_nothing_in_a_message()
    {
        (int code, _, string error) = await RunAsync("tokenize", "--model", "\u001b[2J", "--file", "/\u001b[2J");
        Assert.Equal(2, code);
        Assert.DoesNotContain('\u001b', error);
    }

    /// <summary>What has nothing to save ends at once, whatever it waits for; here a pipe into which nobody writes.</summary>
    [Theory]
    [InlineData("tokenize", "TERM")]
    [InlineData("score", "TERM")]
    [InlineData("score", "INT")]
    public async Task A_signal_ends_what_has_nothing_to_save(string command, string signal)
    {
        using TemporaryFolder folder = new();
        await Process.Start("mkfifo", folder.File("text"))!.WaitForExitAsync();
        using Process process = CliProcess.Start(
            null, [command, "--model", Path.Combine(RepositoryPaths.Root, "models/tiny-chat"), "--file", folder.File("text")]);

        // Opens when the other side has opened it too.
        await using FileStream pipe = await Task.Run(
            () => File.Open(folder.File("text"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite));
        using Process kill = Process.Start("kill", ["-s", signal, $"{process.Id}"]);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(signal == "INT" ? 130 : 143, process.ExitCode);
    }

    [Fact]
    public async Task A_pipe_is_read_up_to_a_bound()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("text");
        await Process.Start("mkfifo", path)!.WaitForExitAsync();
        Task writing = Task.Run(() =>
        {
            using FileStream pipe = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            byte[] words = new byte[1 << 16];
            while (true)
            {
                pipe.Write(words);
            }
        });
        (int code, _, string error) = await RunAsync(
            "tokenize", "--model", Path.Combine(RepositoryPaths.Root, "models/tiny-chat"), "--file", path);
        Assert.Equal(2, code);
        Assert.Contains($"{path} has more than", error, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(() => writing); // nobody reads any more
    }

    private static IEnumerable<(Command Own, string[] Path)> Commands(Command command, string[] path) =>
        command.Subcommands
            .SelectMany(inner => Commands(inner, [.. path, inner.Name]))
            .Prepend((command, path));

    internal static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await AlignmentCommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
