using System.Diagnostics;
using System.Text.Json;
using Alignment.Rewards;
using Alignment.Tests;
using Alignment.Tests.Models;
using Alignment.Training.Rewards.Trainers;

namespace Alignment.Cli.Tests;

/// <summary>Reward training as users meet it: their own files, an interrupted or killed process, an output that cannot be.</summary>
public sealed class RewardTrainTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _model;
    private readonly string _data;

    public RewardTrainTests()
    {
        _model = _folder.File("model");
        TinyCheckpoint.Write(_model, TinyArchitecture.Llama3Rope);
        _data = _folder.File("pairs.jsonl");
        File.WriteAllLines(
            _data,
            Enumerable.Range(0, 60).Select(
                i => JsonSerializer.Serialize(new { prompt = $"Question {i}", chosen = $"Gladly {i}.", rejected = "No." })));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Enough updates that a child process is stopped long before their end.</summary>
    [Theory]
    [InlineData("value-head", "KILL", "1000")]
    [InlineData("token-reward-head", "KILL", "100")]
    [InlineData("arm", "KILL", "20")]
    [InlineData("token-reward-head", "INT", "100")]
    [InlineData("value-head", "TERM", "1000")]
    public async Task A_process_that_was_stopped_is_resumed_to_the_same_bytes(string command, string signal, string epochs)
    {
        string[] settings = ["--batch", "4", "--rank", "2", "--epochs", epochs];
        string whole = _folder.File("rewards/whole");
        string part = _folder.File("rewards/part");
        (int code, _, string error) = await TrainAsync(command, _data, whole, settings);
        Assert.True(code == 0, error);

        string state = Path.Combine(_folder.File("rewards"), ".part.run", "run.state");
        (code, error) = await StopAsync(signal, state, Arguments(command, _data, part, [.. settings, "--checkpoint-every", "1"]));
        Assert.Equal(signal == "KILL" ? 137 : 130, code);
        Assert.Equal(signal != "KILL", error.Contains("the same command goes on from there", StringComparison.Ordinal));
        Assert.False(Directory.Exists(part));

        (int refused, _, string other) = await TrainAsync(command, _data, part, [.. settings, "--seed", "2"]);
        Assert.Equal(2, refused);
        Assert.Contains("settings.seed (1, now 2)", other, StringComparison.Ordinal);
        (code, string output, error) = await TrainAsync(command, _data, part, settings);
        Assert.True(code == 0, error);
        Assert.Contains("resumed at step ", output, StringComparison.Ordinal);
        Assert.Equal(
            File.ReadAllBytes(Directory.GetFiles(whole, "*.safetensors").Single()),
            File.ReadAllBytes(Directory.GetFiles(part, "*.safetensors").Single()));
        Assert.Equal(
            ["part", "whole"], Directory.GetDirectories(_folder.File("rewards")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("value-head"), InlineData("token-reward-head"), InlineData("arm")]
    public async Task Divergence_is_code_1_and_leaves_nothing(string command)
    {
        (int code, _, string error) = await TrainAsync(
            command, _data, _folder.File("out/kind"), "--learning-rate", "1e38", "--checkpoint-every", "1");
        Assert.Equal(1, code);
        Assert.StartsWith("alignment: training diverged", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.False(Directory.Exists(_folder.File("out")) && Directory.EnumerateFileSystemEntries(_folder.File("out")).Any());
    }

    [Fact]
    public async Task What_is_unfinished_beside_a_model_s_rewards_is_not_loaded()
    {
        Directory.CreateDirectory(Path.Combine(_model, "heads", ".kind.run", "finished"));
        await File.WriteAllTextAsync(Path.Combine(_model, "heads", ".kind.run", "run.state"), "part");
        (int code, _, string error) = await CommandLineTests.RunAsync(
            "generate", "--model", _model, "--prompt", "Hello", "--max-tokens", "2");
        Assert.True(code == 0, error);
    }

    [Theory]
    [InlineData(
        "pairs.csv",
        "question,good,bad\n\"Why, then?\nTell me\",Gladly.,No.\nHow?,Gladly so.,No.\nWho?,Me.,No.\n",
        "--column",
        "prompt=question",
        "--column",
        "chosen=good",
        "--column",
        "rejected=bad")]
    [InlineData("pairs.tsv", "prompt\tcompletion\tlabel\na\tyes\ttrue\na\tno\tfalse\nb\tyes\t1\nb\tno\t0\n", "--format", "unpaired")]
    [InlineData(
        "pairs.json",
        """[{"chosen":"\n\nHuman: a\n\nAssistant: b","rejected":"\n\nHuman: a\n\nAssistant: c"},{"chosen":"\n\nHuman: d\n\nAssistant: """
        + """e","rejected":"\n\nHuman: d\n\nAssistant: f"}]""")]
    public async Task A_file_trains_as_it_is(string name, string text, params string[] arguments)
    {
        await File.WriteAllTextAsync(_folder.File(name), text);
        (int code, string output, string error) = await TrainAsync(
            "value-head", _folder.File(name), _folder.File("out/kind"), ["--held-out", "0", "--epochs", "1", .. arguments]);
        Assert.True(code == 0, error);
        Assert.Contains(" 0 held out", output, StringComparison.Ordinal);
        string card = await File.ReadAllTextAsync(_folder.File("out/kind/README.md"));
        Assert.StartsWith("# kind\n", card, StringComparison.Ordinal);
        Assert.Contains("No pair was held out", card, StringComparison.Ordinal);
        Assert.Contains($"| {name} | not stated |", card, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("holds no rows", "")]
    [InlineData("one pair only", """{"prompt":"a","chosen":"b","rejected":"c"}""")]
    [InlineData("line 1: 'rejected' is missing", """{"prompt":"a","chosen":"b"}""", "--format", "preference")]
    [InlineData("format 'rlhf' is unknown", "x", "--format", "rlhf")]
    [InlineData("--data-folder does not apply", "x", "--data-folder", "/")]
    [InlineData("--column must be FIELD=COLUMN", "x", "--column", "prompt")]
    [InlineData("held_out 1 of", "x", "--held-out", "1")]
    [InlineData("--half", "x", "--half", "A")]
    [InlineData("rename 'zzz', which is no field", "x", "--column", "zzz=q")]
    [InlineData("--checkpoint-every must be", "x", "--checkpoint-every", "0")]
    [InlineData("--learning-rate must be", "x", "--learning-rate", "Infinity")]
    public async Task A_mistake_in_the_data_is_one_line_and_code_2(string message, string text, params string[] arguments)
    {
        await File.WriteAllTextAsync(_data, text);
        (int code, string output, string error) = await TrainAsync("value-head", _data, _folder.File("out"), arguments);
        Assert.Equal((2, ""), (code, output));
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("out")));
    }

    [Theory]
    [InlineData(
        "--objective must be one of bradley-terry, noise-aware, margin, pcrm, more, pal, kto, bco, regression, not 'dpo'",
        "--objective",
        "dpo")]
    [InlineData("--positions must be one of end, all, not 'half'", "--positions", "half")]
    [InlineData("--prototypes does not apply: bradley-terry has no users", "--prototypes", "3")]
    [InlineData("--balance-lengths does not apply: kto", "--objective", "kto", "--balance-lengths")]
    [InlineData("--length-penalty does not apply: pal", "--objective", "pal", "--length-penalty", "1")]
    [InlineData("--balance-lengths leaves nothing to learn from", "--balance-lengths")]
    [InlineData("--objective margin needs rows with a 'margin' above 0; there is none", "--objective", "margin")]
    [InlineData("--objective more weighs several sources", "--objective", "more")]
    [InlineData("format 'preference' holds no thumbs (unpaired and feedback do)", "--objective", "bco")]
    [InlineData("format 'preference' holds no ratings by attribute (ratings does)", "--objective", "regression")]
    [InlineData("pairs do not say who judged them", "--objective", "pal")]
    [InlineData("--feature-cache /proc/nowhere cannot be written", "--feature-cache", "/proc/nowhere")]
    public async Task An_objective_says_what_it_needs(string message, params string[] arguments)
    {
        (int code, _, string error) = await TrainAsync("value-head", _data, _folder.File("out"), arguments);
        Assert.Equal(2, code);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("out")));
    }

    /// <summary>Every objective from its rows to a head that the server loads.</summary>
    [Theory]
    [InlineData("margin", "margin")]
    [InlineData("noise-aware", "margin")]
    [InlineData("pcrm", "margin", "--balance-lengths")]
    [InlineData("bradley-terry", "margin", "--length-penalty", "1", "--positions", "all")]
    [InlineData("pal", "margin", "--prototypes", "3")]
    [InlineData("kto", "thumbs")]
    [InlineData("bco", "thumbs", "--positions", "all")]
    [InlineData("regression", "ratings")]
    public async Task Every_objective_trains_a_head_that_the_server_reads(string objective, string rows, params string[] arguments)
    {
        await File.WriteAllLinesAsync(_data, Enumerable.Range(0, 60).Select(i => rows switch
        {
            "thumbs" => JsonSerializer.Serialize(
                new { prompt = $"Q {i / 2}", completion = i % 2 == 0 ? "Gladly." : "No.", label = i % 2 == 0 }),
            "ratings" => JsonSerializer.Serialize(
                new { prompt = $"Q {i / 2}", completion = i % 2 == 0 ? "Gladly." : "No.", ratings = new { kind = i % 2, brief = 1 } }),
            _ => JsonSerializer.Serialize(new
            {
                prompt = $"Q {i}",
                chosen = i % 3 == 0 ? "Gladly, of course." : "Yes.",
                rejected = i % 3 == 0 ? "No." : "Certainly not.",
                margin = i % 3,
                agreement = 0.75,
                user = i % 2 == 0 ? "ann" : "bob",
            }),
        }));
        string head = Path.Combine(_model, "heads", "kind");
        string cache = _folder.File("cache");
        (int code, string output, string error) = await TrainAsync(
            "value-head", _data, head, ["--objective", objective, "--epochs", "2", "--feature-cache", cache, .. arguments]);
        Assert.True(code == 0, error);
        Assert.Contains("hidden states", output, StringComparison.Ordinal);
        Assert.NotEmpty(Directory.GetFiles(cache));

        // Another seed finds them.
        (code, output, error) = await TrainAsync(
            "value-head", _data, head, ["--objective", objective, "--epochs", "2", "--feature-cache", cache, "--seed", "2", .. arguments]);
        Assert.True(code == 0, error);
        Assert.DoesNotContain("hidden states", output, StringComparison.Ordinal);
        string[] names = objective switch
        {
            "pal" => ["kind.prototype-1", "kind.prototype-2", "kind.prototype-3", "kind.ann", "kind.bob"],
            "regression" => ["kind.brief", "kind.kind"],
            _ => ["kind"],
        };
        Assert.Equal(names, ModelRewards.NamesIn(_model).Rewards);
        (code, _, error) = await CommandLineTests.RunAsync("generate", "--model", _model, "--prompt", "Hello", "--max-tokens", "2");
        Assert.True(code == 0, error);
    }

    [Fact]
    public async Task A_mix_says_for_itself_what_its_sources_are()
    {
        await File.WriteAllTextAsync(_folder.File("mix.json"), """{"sources": [{"path": "pairs.jsonl"}], "note": "Ours."}""");
        (int code, _, string error) = await TrainAsync(
            "value-head", _folder.File("mix.json"), _folder.File("out"), "--format", "preference");
        Assert.Equal(2, code);
        Assert.Contains("--format does not apply: mix.json is a mix", error, StringComparison.Ordinal);
        (code, _, error) = await TrainAsync("value-head", _folder.File("mix.json"), _folder.File("out"), "--epochs", "1");
        Assert.True(code == 0, error);
        Assert.EndsWith("\nOurs.\n", await File.ReadAllTextAsync(_folder.File("out/README.md")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("value-head"), InlineData("token-reward-head"), InlineData("arm"), InlineData("tokenizer"), InlineData("pack")]
    [InlineData("lm")]
    public async Task An_output_that_cannot_be_written_is_noticed_before_the_work(string command)
    {
        foreach (string output in new[] { _data, Path.Combine(_data, "below"), "/proc/nowhere/out" })
        {
            // The data would be a mistake too: it is not read.
            string[] input = command == "lm" ? ["--tokens", _model, "--steps", "1"] : ["--data", Path.Combine(_model, "config.json")];
            string[] model = command switch { "tokenizer" => [], "pack" or "lm" => ["--tokenizer", _model], _ => ["--model", _model] };
            (int code, string text, string error) = await CommandLineTests.RunAsync(
                ["train", command, .. input, .. model, "--output", output]);
            Assert.Equal((2, ""), (code, text));
            Assert.StartsWith($"alignment: --output {output} cannot be written: ", error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("value-head", ".out.run", false)]
    [InlineData("tokenizer", "out/tokenizer.json", true)]
    [InlineData("pack", "out/heldout.bin", true)]
    [InlineData("lm", "out/run.state", true)]
    [InlineData("lm", "out/export", false)]
    [InlineData("lm", "out/export/config.json", true)]
    public async Task What_is_in_the_way_of_a_result_is_noticed_before_the_work(string command, string place, bool isFolder)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(place))!);
        if (isFolder)
        {
            Directory.CreateDirectory(_folder.File(place));
        }
        else
        {
            await File.WriteAllTextAsync(_folder.File(place), "");
        }

        string[] input = command == "lm" ? ["--tokens", _model, "--steps", "1"] : ["--data", Path.Combine(_model, "config.json")];
        string[] model = command switch { "tokenizer" => [], "pack" or "lm" => ["--tokenizer", _model], _ => ["--model", _model] };
        (int code, string text, string error) = await CommandLineTests.RunAsync(
            ["train", command, .. input, .. model, "--output", _folder.File("out")]);
        Assert.Equal((2, ""), (code, text));
        Assert.Contains(_folder.File(place), error, StringComparison.Ordinal);
        Assert.Contains(isFolder ? "is a folder" : "is a file", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_holds_other_things_is_no_place_for_a_reward()
    {
        (int code, _, string error) = await TrainAsync("value-head", _data, _model);
        Assert.Equal(2, code);
        Assert.Contains("holds what is not a reward's", error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_model, "model.safetensors")));
    }

    [Fact]
    public async Task The_guide_names_every_option_and_format()
    {
        string guide = await File.ReadAllTextAsync(Path.Combine(RepositoryPaths.Root, "docs", "training.md"));
        (_, string arm, _) = await CommandLineTests.RunAsync("train", "arm", "--help");
        (_, string head, _) = await CommandLineTests.RunAsync("train", "value-head", "--help");
        string help = arm + head;
        string[] options =
        [
            .. help.Split([' ', '\n', ',', '<', '>']).Where(word => word.Length > 2 && word.StartsWith("--", StringComparison.Ordinal)),
        ];
        string[] objectives = [.. Enum.GetNames<RewardObjective>().Select(JsonNamingPolicy.KebabCaseLower.ConvertName)];
        Assert.All(objectives, objective => Assert.Contains($"| `{objective}`", guide, StringComparison.Ordinal));
        Assert.True(options.Length > 15, help);
        Assert.All(options.Except(["--help"]), option => Assert.Contains($"`{option}", guide, StringComparison.Ordinal));
        Assert.All(Training.Data.SourceFormat.All, format => Assert.Contains($"`{format}`", guide, StringComparison.Ordinal));
    }

    private Task<(int Code, string Output, string Error)> TrainAsync(
        string command, string data, string output, params string[] arguments) =>
        CommandLineTests.RunAsync(Arguments(command, data, output, arguments));

    private string[] Arguments(string command, string data, string output, string[] arguments) =>
        ["train", command, "--model", _model, "--data", data, "--output", output, .. arguments];

    /// <summary>Starts the program, sends the signal as soon as its state is there, and returns its code and error output.</summary>
    private static async Task<(int Code, string Error)> StopAsync(string signal, string state, string[] arguments)
    {
        using Process process = CliProcess.Start(null, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        while (!File.Exists(state) && !process.HasExited)
        {
            await Task.Delay(1);
        }

        using Process kill = Process.Start("kill", ["-s", signal, $"{process.Id}"]);
        await kill.WaitForExitAsync();
        await process.WaitForExitAsync();
        await output;
        return (process.ExitCode, await error);
    }
}
