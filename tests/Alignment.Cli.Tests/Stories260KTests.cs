using System.Text.Json;
using Alignment.Tests;

namespace Alignment.Cli.Tests;

/// <summary>A real pretrained Llama against reference outputs of another implementation. The folder has no tokenizer: ids are enough.</summary>
public sealed class Stories260KTests
{
    private const string Folder = "models/stories260K";
    private const double Tolerance = 1e-3;

    private static readonly string s_folder = Path.Combine(RepositoryPaths.SharedData, Folder);

    [SharedDataFact(Folder)]
    public async Task Scores_of_a_prompt_match_the_reference()
    {
        foreach (JsonElement @case in Cases())
        {
            (int code, string output, string error) = await CliProcess.RunAsync("score", "--model", s_folder, "--ids", @case.GetProperty("prompt_ids").GetRawText());
            Assert.True(code == 0, error);
            double?[] actual = JsonSerializer.Deserialize<double?[]>(output)!;
            Assert.Null(actual[0]);
            Assert.All(
                actual.Skip(1).Zip(@case.GetProperty("prompt_logprobs").Deserialize<double[]>()!), pair => Assert.Equal(pair.Second, pair.First!.Value, Tolerance));
        }
    }

    private static JsonElement[] Cases() =>
        [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(s_folder, "reference_fp32.json"))).RootElement.GetProperty("cases").EnumerateArray()];
}
