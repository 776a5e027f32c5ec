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

    internal static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await AlignmentCommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
