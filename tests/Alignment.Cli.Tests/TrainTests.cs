using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Alignment.Models.Checkpoints;
using Alignment.Tests;
using Alignment.Tests.Models;
using Alignment.Training.Data.Packing;

namespace Alignment.Cli.Tests;

/// <summary>The training commands on miniature models: they run, write what the other commands load, and refuse mistakes.</summary>
public sealed class TrainTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _model;

    public TrainTests()
    {
        _model = _folder.File("model");
        TinyCheckpoint.Write(_model, TinyArchitecture.Llama3Rope);
        Directory.CreateDirectory(_folder.File("tokens"));
        WriteTokens("train.bin", 20, PackedContents.HashTokenizer(_model));
        WriteTokens("heldout.bin", 4, PackedContents.HashTokenizer(_model));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("lm"), InlineData("tokenizer"), InlineData("pack"), InlineData("value-head"), InlineData("token-reward-head")]
    [InlineData("arm")]
    public async Task Every_command_explains_itself(string command)
    {
        (int code, string output, _) = await CommandLineTests.RunAsync("train", command, "--help");
        Assert.Equal(0, code);
        Assert.Contains("--output", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_is_trained_further_and_keeps_its_shape()
    {
        string output = _folder.File("run");
        (int code, string text, string error) = await TrainAsync("--output", output, "--from", _model);
        Assert.True(code == 0, error);
        Assert.Contains("started from", text, StringComparison.Ordinal);
        using Checkpoint before = Checkpoint.Open(_model);
        using Checkpoint after = Checkpoint.Open(Path.Combine(output, "export"));
        Assert.Equal(before.Config with { EosTokenIds = [] }, after.Config with { EosTokenIds = [] });
        Assert.NotEqual(before.WeightsSha256, after.WeightsSha256);
        (_, string resumed, _) = await TrainAsync("--output", output, "--from", _model);
        Assert.Contains("resumed at step 3", resumed, StringComparison.Ordinal);
    }

    /// <summary>The state is as another kind of device would have left it; its identity is read before its hash.</summary>
    [Fact]
    public async Task A_language_model_begun_on_another_kind_of_device_is_refused()
    {
        await TrainAsync("--output", _folder.File("run"), "--device", "cpu");
        string state = await File.ReadAllTextAsync(_folder.File("run/run.state"), Encoding.Latin1);
        string other = state.Replace("\"device\":\"cpu\"", "\"device\":\"gpu\"", StringComparison.Ordinal);
        await File.WriteAllTextAsync(_folder.File("run/run.state"), other, Encoding.Latin1);
        (int code, _, string error) = await TrainAsync("--output", _folder.File("run"), "--device", "cpu");
        Assert.Equal(2, code);
        Assert.Contains("device: device (gpu, now cpu);", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_language_model_that_diverges_is_code_1_and_is_not_exported()
    {
        (int code, _, string error) = await TrainAsync(
            "--output", _folder.File("run"), "--learning-rate", "1e38", "--checkpoint-every", "1");
        Assert.Equal(1, code);
        Assert.StartsWith("alignment: training diverged", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("run/export")));
    }

    [Fact]
    public async Task A_run_says_how_many_tokens_it_has_seen_and_on_how_many_it_was_measured()
    {
        (int code, string text, string error) = await TrainAsync(
            "--output", _folder.File("run"), "--first-batch", "1", "--batch", "3", "--checkpoint-every", "1");
        Assert.True(code == 0, error);
        Assert.Contains("3 updates, 96 tokens", text, StringComparison.Ordinal);
        Assert.Contains("step 2/3  tokens 48  loss", text, StringComparison.Ordinal);
        string last = text.Split('\n').Single(line => line.StartsWith("step 3/3  tokens 96  loss", StringComparison.Ordinal));
        Assert.Contains("all 79 tokens", last, StringComparison.Ordinal);
    }

    /// <summary>The miniature tokenizer has the control tokens; the documents have few turns of an assistant.</summary>
    [Fact]
    public async Task Only_what_the_assistant_says_can_be_learned()
    {
        (int code, string text, string error) = await TrainAsync("--output", _folder.File("run"), "--assistant-only");
        Assert.True(code == 0, error);
        Assert.DoesNotContain("all 79 tokens", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train.bin")]
    [InlineData("heldout.bin")]
    public async Task Tokens_of_another_tokenizer_are_refused(string file)
    {
        WriteTokens(file, 20, new string('a', 64));
        (int code, _, string error) = await TrainAsync("--output", _folder.File("run"));
        Assert.Equal(2, code);
        Assert.Contains(
            $"{file}: tokenizer: these are tokens of the tokenizer aaaaaaaaaaaaaaaa..., not of {_model} (",
            error,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--hidden", "--from", "MODEL", "--hidden", "64")]
    [InlineData("--first-batch 2 is more than --batch 1", "--first-batch", "2")]
    [InlineData("--first-batch must be", "--first-batch", "0")]
    [InlineData("--final-rate must be a number", "--final-rate", "2")]
    [InlineData("--steps must be a whole number at least 1, not '0'", "--steps", "0")]
    [InlineData("--heads", "--hidden", "65")]
    [InlineData("other settings", "--seed", "2")]
    [InlineData("--threads must be", "--threads", "0")]
    [InlineData("--threads", "--threads", "many")]
    [InlineData("--device must be", "--device", "gpu")]
    [InlineData("cuda:63", "--device", "cuda:63")]
    [InlineData("--dtype must be", "--dtype", "f16")]
    [InlineData("--bos and --eos", "--eos", "261")]
    [InlineData("--bos must be", "--bos", "-1")]
    [InlineData("--learning-rate must be a number above 0, not 'NaN'", "--learning-rate", "NaN")]
    [InlineData("--context 5000 is longer than", "--context", "5000")]
    [InlineData("tokens:", "--context", "1000")]
    public async Task A_mistake_is_one_line_and_code_2(string message, params string[] arguments)
    {
        await TrainAsync("--output", _folder.File("run"));
        (int code, _, string error) = await TrainAsync(
            ["--output", _folder.File("run"), .. arguments.Select(argument => argument == "MODEL" ? _model : argument)]);
        Assert.Equal(2, code);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--size must be", "tokenizer", "--size", "many")]
    [InlineData("--size must be", "tokenizer", "--size", "511")]
    [InlineData("--threads must be", "value-head", "--threads", "0")]
    [InlineData("--threads must be", "token-reward-head", "--threads", "257")]
    [InlineData("--threads must be", "arm", "--threads", "two")]
    [InlineData("--device must be", "arm", "--device", "cuda:x")]
    [InlineData("cuda:63", "arm", "--device", "cuda:63")]
    [InlineData("--batch must be", "value-head", "--batch", "0")]
    [InlineData("--rank must be", "arm", "--rank", "-1")]
    [InlineData("--seed must be a whole number at least 0, not 'x'", "pack", "--seed", "x")]
    public async Task A_mistake_in_any_command_is_one_line_and_code_2(string message, string command, params string[] arguments)
    {
        WritePairs();
        string[] input = command is "tokenizer" ? [] : [command is "pack" ? "--tokenizer" : "--model", _model];
        (int code, string output, string error) = await CommandLineTests.RunAsync(
            [
                "train", command, .. input, "--data", _folder.File("mix.json"), "--data-folder", _folder.Path, "--output",
                _folder.File("out"), .. arguments,
            ]);
        Assert.Equal((2, ""), (code, output));
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("value-head", "heads/kind", """{"search": {"method": "best_of_n", "n": 2, "reward": [{"name": "kind"}]}}""")]
    [InlineData("token-reward-head", "heads/kind", """{"guidance": [{"source": "kind", "weight": 1}]}""")]
    [InlineData("arm", "adapters/kind", """{"guidance": [{"source": "kind", "weight": 1}]}""")]
    public async Task A_reward_that_was_trained_can_align(string command, string place, string alignment)
    {
        WritePairs();
        (int code, _, string error) = await CommandLineTests.RunAsync(
            "train", command, "--model", _model, "--data", _folder.File("mix.json"), "--data-folder", _folder.Path, "--output", Path
                .Combine(_model, place), "--epochs", "1", "--rank", "2");
        Assert.True(code == 0, error);
        string card = await File.ReadAllTextAsync(Path.Combine(_model, place, "README.md"));
        Assert.Contains("| on held-out prompts |", card, StringComparison.Ordinal);
        (code, _, error) = await CommandLineTests.RunAsync(
            "generate", "--model", _model, "--prompt", "Hello", "--max-tokens", "4", "--alignment", alignment);
        Assert.True(code == 0, error);
    }

    /// <summary>A row kept apart, a source by name, and the tokens that both files are made of.</summary>
    [Fact]
    public async Task Packing_says_what_is_left_out_and_whose_tokens_they_are()
    {
        WritePairs();
        string[] rows = [.. Enumerable.Range(0, 60).Select(i => JsonSerializer.Serialize(new
        {
            messages = new[] { new { role = "user", content = $"QUESTION {i}!" }, new { role = "assistant", content = "Well." } },
        }))];
        await File.WriteAllLinesAsync(_folder.File("chat.jsonl"), [.. rows, rows[0].Replace("QUESTION", "Ask", StringComparison.Ordinal)]);
        await File.WriteAllTextAsync(
            _folder.File("lm.json"), """{"sources": [{"path": "chat.jsonl", "held_out": 0}], "apart": ["mix.json"]}""");
        (int code, _, string error) = await PrepareAsync("tokenizer", "--size", "512");
        Assert.True(code == 0, error);
        (code, string output, error) = await PrepareAsync("pack", "--tokenizer", _folder.File("out"));
        Assert.True(code == 0, error);
        Assert.Contains(
            "chat.jsonl: 1 documents to learn from, 0 held out; left out: 60 that begin like a text kept apart, 0 that share 13 words",
            output,
            StringComparison.Ordinal);
        PackedTokens packed = PackedTokens.Open(_folder.File("out/train.bin"));
        packed.RequireTokenizer(_folder.File("out"));
        Assert.Equal([new PackedSource("chat.jsonl", "Ask 0!Well.".Length)], packed.Contents.Sources);

        Task<(int Code, string Output, string Error)> PrepareAsync(string command, params string[] arguments) =>
            CommandLineTests.RunAsync(
                ["train", command, "--data", _folder.File("lm.json"), "--output", _folder.File("out"), .. arguments]);
    }

    [Fact]
    public async Task A_reward_refuses_a_mix_for_language_models()
    {
        WritePairs();
        File.Copy(_folder.File("mix.json"), _folder.File("other.json"));
        string mix = await File.ReadAllTextAsync(_folder.File("mix.json"));
        await File.WriteAllTextAsync(_folder.File("mix.json"), mix.TrimEnd()[..^1] + ", \"apart\": [\"other.json\"]}");
        (int code, _, string error) = await CommandLineTests.RunAsync(
            "train", "value-head", "--model", _model, "--data", _folder.File("mix.json"), "--output", _folder.File("kind"));
        Assert.Equal(2, code);
        Assert.Contains("'apart' is for the documents of a language model", error, StringComparison.Ordinal);
    }

    /// <summary>A miniature run, but for what is given.</summary>
    private Task<(int Code, string Output, string Error)> TrainAsync(params string[] arguments)
    {
        List<string> all = ["train", "lm", "--tokens", _folder.File("tokens"), "--tokenizer", _model, "--warm-up", "1"];
        all.AddRange(arguments.Contains("--batch") ? [] : ["--batch", "1"]);
        all.AddRange(arguments.Contains("--steps") ? [] : ["--steps", "3"]);
        all.AddRange(arguments.Contains("--context") ? [] : ["--context", "16"]);
        all.AddRange(arguments.Contains("--hidden") || arguments.Contains("--from") ? [] : ["--hidden", "24"]);
        return CommandLineTests.RunAsync([.. all, .. arguments]);
    }

    private void WriteTokens(string name, int documents, string tokenizerSha256) => PackedTokensWriter.Write(
        [
            .. Enumerable.Range(0, documents).Select(
                document => new PackedDocument([.. Enumerable.Range(0, 20).Select(i => (ushort)((i * document) % 261))], 0, 20)),
        ],
        ["test"],
        261,
        tokenizerSha256,
        _folder.File(Path.Combine("tokens", name)));

    private void WritePairs()
    {
        using (var lines = new StreamWriter(new GZipStream(File.Create(_folder.File("pairs.jsonl.gz")), CompressionLevel.Fastest)))
        {
            for (int i = 0; i < 60; i++)
            {
                lines.WriteLine(
                    JsonSerializer.Serialize(
                        new { prompt = $"\n\nHuman: Question {i}\n\nAssistant:", chosen = $" Gladly {i}.", rejected = " No." }));
            }
        }

        File.WriteAllText(
            _folder.File("mix.json"),
            """{"sources": [{"path": "pairs.jsonl.gz", "format": "preference", "license": "ours", "weight": 1, "held_out": 0.3}]}""");
    }
}
