using System.Text.Json;
using Alignment.Tests;

namespace Alignment.Cli.Tests;

public sealed class TokenizeTests : IDisposable
{
    private static readonly string s_model = Path.Combine(RepositoryPaths.Root, "models/tiny-chat");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_becomes_one_json_array_and_comes_back()
    {
        const int BeginId = 0;
        const int UserId = 2;
        const string Text = "Hi \uFEFF <|user|>\r\né🦙";
        File.WriteAllText(_folder.File("text"), Text);
        int[] ids = await Ids("tokenize", "--model", s_model, "--file", _folder.File("text"));
        int[] plain = await Ids("tokenize", "--model", s_model, "--file", _folder.File("text"), "--no-special");
        Assert.Equal([BeginId, .. plain], ids);
        Assert.Contains(UserId, plain);
        foreach (int[] some in new[] { ids, plain })
        {
            (int code, string output, _) = await CliProcess.RunAsync(
                "detokenize", "--model", s_model, "--ids", JsonSerializer.Serialize(some));
            Assert.Equal((0, Text), (code, output));
        }
    }

    [Theory]
    [InlineData("[1,", "--ids must be a JSON array")]
    [InlineData("[99999]", "99999")]
    [InlineData("[-1]", "-1")]
    public async Task Wrong_ids_are_named(string ids, string message)
    {
        (int code, string output, string error) = await CommandLineTests.RunAsync("detokenize", "--model", s_model, "--ids", ids);
        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    /// <summary>Replacement characters would be a text that nobody wrote.</summary>
    [Theory]
    [InlineData("tokenize"), InlineData("score")]
    public async Task A_file_that_is_not_Unicode_is_refused_with_the_place(string command)
    {
        File.WriteAllBytes(_folder.File("text"), [.. "né"u8, 0xE9, .. "e"u8]);
        (int code, string output, string error) = await CommandLineTests.RunAsync(
            command, "--model", s_model, "--file", _folder.File("text"));
        Assert.Equal((2, ""), (code, output));
        Assert.Equal($"alignment: {_folder.File("text")}: text: is not UTF-8: the byte 0xE9 at offset 3\n", error);
    }

    private static async Task<int[]> Ids(params string[] arguments)
    {
        (int code, string output, string error) = await CliProcess.RunAsync(arguments);
        Assert.True(code == 0, error);
        return JsonSerializer.Deserialize<int[]>(output)!;
    }
}
