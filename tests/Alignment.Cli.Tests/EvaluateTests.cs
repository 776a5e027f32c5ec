using System.Text.Json;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Cli.Tests;

/// <summary><c>evaluate rewards</c> as users meet it.</summary>
public sealed class EvaluateTests : IDisposable
{
    private static readonly string[] s_fields =
    [
        "reward", "pairs", "accuracy", "low", "high", "longer_wins", "balanced_accuracy", "balanced_low", "balanced_high",
        "matched_pairs", "matched_accuracy", "matched_low", "matched_high", "spearman_length", "ece",
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly string _model;
    private readonly string _data;

    public EvaluateTests()
    {
        _model = _folder.File("model");
        TinyCheckpoint.Write(_model, TinyArchitecture.Llama);
        TinyRewards.Write(_model);
        _data = _folder.File("pairs.jsonl");
        File.WriteAllLines(_data, Enumerable.Range(0, 24).Select(Row));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_reward_of_the_folder_is_an_object_of_one_array()
    {
        (int code, string output, string error) = await EvaluateAsync("--json");
        Assert.True(code == 0, error);
        JsonElement[] rewards = [.. JsonDocument.Parse(output).RootElement.EnumerateArray()];
        Assert.Equal(["value", "head", "arm"], rewards.Select(reward => reward.GetProperty("reward").GetString()));
        Assert.All(rewards, reward =>
        {
            Assert.Equal(s_fields, reward.EnumerateObject().Select(field => field.Name));
            Assert.Equal(24, reward.GetProperty("pairs").GetInt32());
            double accuracy = reward.GetProperty("accuracy").GetDouble();
            Assert.InRange(accuracy, reward.GetProperty("low").GetDouble(), reward.GetProperty("high").GetDouble());
            Assert.Equal(0.75, reward.GetProperty("longer_wins").GetDouble());
            Assert.Equal(0, reward.GetProperty("matched_pairs").GetInt32());
            Assert.Equal(JsonValueKind.Null, reward.GetProperty("matched_accuracy").ValueKind);
            Assert.InRange(reward.GetProperty("spearman_length").GetDouble(), -1, 1);
        });
    }

    [Fact]
    public async Task What_is_asked_for_is_measured_and_nothing_else()
    {
        (int code, string output, string error) = await EvaluateAsync(
            "--json", "--reward", "head:sum", "--reward", "frozen:sum", "--prefixes", "--reward", "value");
        Assert.True(code == 0, error);
        JsonElement[] rewards = [.. JsonDocument.Parse(output).RootElement.EnumerateArray()];
        Assert.Equal(["head:sum", "frozen:sum", "value"], rewards.Select(reward => reward.GetProperty("reward").GetString()));

        // A sum of log-probabilities likes what is short.
        Assert.All(rewards.Take(2), reward => Assert.True(reward.GetProperty("spearman_length").GetDouble() < -0.4, output));
        Assert.All(rewards, reward =>
        {
            JsonElement[] prefixes = [.. reward.GetProperty("prefixes").EnumerateArray()];
            Assert.Equal([0.25, 0.5, 0.75, 1], prefixes.Select(prefix => prefix.GetProperty("share").GetDouble()));
            Assert.Equal(reward.GetProperty("accuracy").GetDouble(), prefixes[^1].GetProperty("accuracy").GetDouble());
            Assert.Equal(1, prefixes[^1].GetProperty("spearman_whole").GetDouble(), 1e-9);
        });
    }

    [Fact]
    public async Task A_table_shows_what_is_to_be_beaten_and_what_was_left_out()
    {
        await File.AppendAllLinesAsync(
            _data,
            [
                JsonSerializer.Serialize(new { prompt = "Same?", chosen = "Yes.", rejected = "Yes." }),
                JsonSerializer.Serialize(new { prompt = "Long?", chosen = new string('x', 600), rejected = "No." }),
                JsonSerializer.Serialize(new { prompt = "Best?", chosen = new[] { "One" }, rejected = new[] { "Two", "Three" } }),
            ]);
        (int code, string output, string error) = await EvaluateAsync();
        Assert.True(code == 0, error);
        Assert.All(
            new[] { "value", "head", "arm", "frozen:sum", "frozen:mean" },
            name => Assert.Contains($"| {name} | 26 | 25 | ", output, StringComparison.Ordinal));
        Assert.Contains("| value | 1 | ", output, StringComparison.Ordinal); // the one of several
        Assert.Contains("left out: 1 rows have no two different answers to a prompt", error, StringComparison.Ordinal);
        Assert.Contains("left out: 1 rows have a prompt and a response that are longer", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--reward must be one of value, head, arm, frozen:sum, frozen:mean, not 'nobody'", "--reward", "nobody")]
    [InlineData("--reward value is given twice", "--reward", "value", "--reward", "value")]
    [InlineData("columns of 'pairs.jsonl' rename 'zzz', which is no field", "--column", "zzz=q")]
    [InlineData("format 'rlhf' is unknown", "--format", "rlhf")]
    [InlineData("line 1: 'context' is missing", "--format", "ranks")]
    [InlineData("--device must be one of", "--device", "abacus")]
    public async Task A_mistake_is_one_line_and_code_2(string message, params string[] arguments)
    {
        (int code, string output, string error) = await EvaluateAsync(["--json", .. arguments]);
        Assert.Equal((2, ""), (code, output));
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_nobody_compared_is_not_measured()
    {
        await File.WriteAllLinesAsync(
            _data,
            Enumerable.Range(0, 40).Select(
                i => JsonSerializer.Serialize(new { prompt = $"{i}", completion = $"answer {i}", label = i % 2 == 0 })));
        (int code, string output, string error) = await EvaluateAsync("--json");
        Assert.Equal((2, ""), (code, output));
        Assert.Equal(
            "alignment: pairs.jsonl: there is nothing to measure: 40 rows have an answer that was borrowed from another row, and nobody "
            + "compared the two",
            error.TrimEnd());
    }

    [Fact]
    public async Task The_guide_names_every_option_and_field()
    {
        string guide = await File.ReadAllTextAsync(Path.Combine(RepositoryPaths.Root, "docs", "training.md"));
        (_, string help, _) = await CommandLineTests.RunAsync("evaluate", "rewards", "--help");
        string[] options =
        [
            .. help.Split([' ', '\n', ',', '<', '>', ';']).Where(word => word.StartsWith("--", StringComparison.Ordinal)),
        ];
        Assert.True(options.Length > 8, help);
        Assert.All(options.Except(["--help"]), option => Assert.Contains($"`{option}", guide, StringComparison.Ordinal));
        Assert.All(
            s_fields.Concat(["best_of_rows", "best_of_accuracy", "prefixes", "spearman_whole"]),
            field => Assert.Contains($"`{field}`", guide, StringComparison.Ordinal));
    }

    /// <summary>The better answer is the longer one three times in four, and never about as long.</summary>
    private static string Row(int i)
    {
        (string brief, string full) = ($"No {i}.", $"Gladly, as you ask so nicely: it is number {i}.");
        (string chosen, string rejected) = i % 4 == 0 ? (brief, full) : (full, brief);
        return JsonSerializer.Serialize(new { prompt = $"Question {i}", chosen, rejected });
    }

    private Task<(int Code, string Output, string Error)> EvaluateAsync(params string[] arguments) =>
        CommandLineTests.RunAsync(["evaluate", "rewards", "--model", _model, "--data", _data, .. arguments]);
}
