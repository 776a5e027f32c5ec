using System.Text.Json;
using Alignment.Tests;

namespace Alignment.Cli.Tests;

/// <summary>
/// A real pretrained Llama against reference outputs of another implementation. The folder has no tokenizer: ids are enough.
/// </summary>
public sealed class Stories260KTests
{
    private const string Folder = "models/stories260K";
    private const double Tolerance = 1e-3;

    private static readonly string s_folder = Path.Combine(RepositoryPaths.SharedData, Folder);

    [SharedDataFact(Folder)]
    public async Task Greedy_tokens_and_log_probabilities_match_the_reference()
    {
        foreach (JsonElement @case in Cases())
        {
            string prompt = @case.GetProperty("prompt_ids").GetRawText();
            int[] expected = @case.GetProperty("greedy_ids").Deserialize<int[]>()!;
            (int code, string output, string error) = await CliProcess.RunAsync(
                "generate",
                "--model",
                s_folder,
                "--prompt-ids",
                prompt,
                "--max-tokens",
                $"{expected.Length}",
                "--temperature",
                "0",
                "--raw",
                "--logprobs");
            Assert.True(code == 0, error);
            JsonElement[] tokens = [.. output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
            Assert.Equal(expected, tokens.Select(token => token.GetProperty("id").GetInt32()));

            // What generation reports is what scoring the same text finds.
            int[] all = [.. @case.GetProperty("prompt_ids").Deserialize<int[]>()!, .. expected];
            (_, string scores, _) = await CliProcess.RunAsync("score", "--model", s_folder, "--ids", JsonSerializer.Serialize(all));
            double?[] logProbabilities = JsonSerializer.Deserialize<double?[]>(scores)!;
            Assert.All(
                tokens.Zip(logProbabilities.TakeLast(expected.Length)),
                pair => Assert.Equal(pair.Second!.Value, pair.First.GetProperty("logprob").GetDouble(), Tolerance));
        }
    }

    [SharedDataFact(Folder)]
    public async Task Scores_of_a_prompt_match_the_reference()
    {
        foreach (JsonElement @case in Cases())
        {
            (int code, string output, string error) = await CliProcess.RunAsync(
                "score", "--model", s_folder, "--ids", @case.GetProperty("prompt_ids").GetRawText());
            Assert.True(code == 0, error);
            double?[] actual = JsonSerializer.Deserialize<double?[]>(output)!;
            Assert.Null(actual[0]);
            Assert.All(
                actual.Skip(1).Zip(@case.GetProperty("prompt_logprobs").Deserialize<double[]>()!), pair =>
                    Assert.Equal(pair.Second, pair.First!.Value, Tolerance));
        }
    }

    private static JsonElement[] Cases() =>
        [
            .. JsonDocument
            .Parse(File.ReadAllText(Path.Combine(s_folder, "reference_fp32.json"))).RootElement
            .GetProperty("cases")
            .EnumerateArray(),
        ];
}
