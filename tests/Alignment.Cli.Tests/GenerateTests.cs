using System.Diagnostics;
using System.Text.Json;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Cli.Tests;

public sealed class GenerateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public GenerateTests() => TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_repository_of_the_download_cache_is_a_model_folder()
    {
        string repository = _folder.File("models--org--Tiny");
        TinyCheckpoint.Write(Path.Combine(repository, "snapshots", "abc"), TinyArchitecture.Llama);
        (int code, _, string error) = await CommandLineTests.RunAsync("detokenize", "--model", repository, "--ids", "[65]");
        Assert.NotEqual(0, code);
        Assert.Contains(Path.Combine("refs", "main") + ": revision: is missing", error, StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(repository, "refs"));
        await File.WriteAllTextAsync(Path.Combine(repository, "refs", "main"), "abc");
        (code, string output, _) = await CommandLineTests.RunAsync("detokenize", "--model", repository, "--ids", "[65]");
        Assert.Equal((0, "A"), (code, output.TrimEnd()));
    }

    [Fact]
    public async Task Text_ids_and_token_lines_are_the_same_continuation()
    {
        string text = await Output("--prompt", "Hello", "--raw");
        string fromIds = await Output("--prompt-ids", "[72,101,108,108,111]", "--raw");
        JsonElement[] tokens =
        [
            .. (await Output("--prompt", "Hello", "--raw", "--logprobs")).TrimEnd('\n').Split('\n').Select(
                line => JsonDocument.Parse(line).RootElement),
        ];
        Assert.Equal(text, fromIds);
        Assert.InRange(tokens.Length, 1, 12);
        Assert.All(tokens, token => Assert.InRange(token.GetProperty("logprob").GetDouble(), -100, 0));
        string ids = JsonSerializer.Serialize(tokens.Select(token => token.GetProperty("id").GetInt32()));
        (_, string detokenized, _) = await CommandLineTests.RunAsync("detokenize", "--model", _folder.Path, "--ids", ids);
        Assert.Equal(detokenized, text);
    }

    [Fact]
    public async Task Without_raw_the_chat_template_is_around_the_prompt()
    {
        string chat = await Output("--prompt", "Hello");
        string template = $"[{TinyTokenizer.Begin},{TinyTokenizer.User},72,101,108,108,111,{TinyTokenizer.End},{TinyTokenizer.Assistant}]";
        Assert.Equal(await Output("--prompt-ids", template), chat);
    }

    [Fact]
    public async Task A_report_is_written_as_answers_over_http_have_it()
    {
        (int code, _, string error) = await CommandLineTests.RunAsync(
            "generate", "--model", Path.Combine(RepositoryPaths.Root, "models/tiny-chat"), "--prompt", "x", "--max-tokens", "4", "--seed",
            "1", "--alignment", """{"report":true,"search":{"method":"best_of_n","n":2,"reward":[{"name":"helpful-value"}]}}""");
        Assert.True(code == 0, error);
        JsonElement report = JsonElement.Parse(error);
        JsonElement[] candidates = [.. report.GetProperty("candidates").EnumerateArray()];
        Assert.Equal(["length", "length"], candidates.Select(candidate => candidate.GetProperty("finish_reason").GetString()));
        Assert.All(candidates, candidate => Assert.Equal("closed", candidate.GetProperty("scored_at").GetString()));
        Assert.True(candidates[0].GetProperty("rewards").TryGetProperty("helpful-value", out _));
        Assert.InRange(report.GetProperty("selection_kl_bound").GetDouble(), 0, 1);
        Assert.DoesNotMatch("\"[a-z]+[A-Z]\\w*\":", error);
    }

    [Theory]
    [InlineData("give either --prompt or --prompt-ids", "--raw")]
    [InlineData("give either --prompt or --prompt-ids", "--prompt", "a", "--prompt-ids", "[1]")]
    [InlineData("temperature", "--prompt", "a", "--temperature", "-1")]
    [InlineData("at least 1 and at most 2147483647, not '99999999999'", "--prompt", "a", "--max-tokens", "99999999999")]
    [InlineData("--max-tokens must be a whole number at least 1, not '0'", "--prompt", "a", "--max-tokens", "0")]
    [InlineData("'nobody'", "--prompt", "a", "--alignment", """{"guidance":[{"source":"nobody"}]}""")]
    [InlineData("--alignment: JSON: it ends too early (line 1, byte 2)", "--prompt", "a", "--alignment", "{")]
    [InlineData("--alignment: JSON: '=' is not expected (line 1, byte 10)", "--prompt", "a", "--alignment", "{\"report\"=true}")]
    [InlineData("--alignment: root: is not a JSON object", "--prompt", "a", "--alignment", "null")]
    [InlineData("--alignment: report: is given twice", "--prompt", "a", "--alignment", "{\"report\":true,\"report\":false}")]
    [InlineData(
        "--alignment: JSON: holds a text that is not Unicode", "--prompt", "a", "--alignment", "{\"guidance\":[{\"source\":\"\\ud800\"}]}")]
    [InlineData("4000", "--prompt-ids", "[4000]")]
    [InlineData("cuda:63", "--prompt", "a", "--device", "cuda:63")]
    [InlineData("--device must be one of auto, cpu, cuda:N, not 'gpu'", "--prompt", "a", "--device", "gpu")]
    [InlineData("--prompt-ids must be a JSON array of token ids, not 'null'", "--prompt-ids", "null")]
    public async Task Mistakes_are_told_in_one_line(string message, params string[] arguments)
    {
        (int code, string output, string error) = await CommandLineTests.RunAsync(["generate", "--model", _folder.Path, .. arguments]);
        Assert.Equal((2, ""), (code, output));
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    /// <summary>The runtime would make a replacement character of it, which the user did not write.</summary>
    [Fact]
    public async Task An_argument_that_is_not_Unicode_is_refused_with_the_place()
    {
        string program = $"exec dotnet {Path.Combine(AppContext.BaseDirectory, "Alignment.Cli.dll")} generate --model {_folder.Path}";
        ProcessStartInfo start = new("sh", ["-c", program + " --max-tokens 1 --prompt \"$(printf 'h\\303\\251\\377')\""])
        {
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal((2, "alignment: argument 7: text: is not UTF-8: the byte 0xFF at offset 3\n"), (process.ExitCode, error));
        string[] written = ["generate", "--model", _folder.Path, "--max-tokens", "1", "--prompt", "\uFFFD"];
        Assert.Equal(0, (await CliProcess.RunAsync(written)).Code);
    }

    [Fact]
    public async Task A_device_is_asked_for_where_there_is_no_tokenizer_too()
    {
        File.Delete(_folder.File("tokenizer.json"));
        string[][] commands = [["generate", "--logprobs", "--prompt-ids", "[65]"], ["score", "--ids", "[65]"]];
        foreach (string[] command in commands)
        {
            string[] arguments = [.. command, "--model", _folder.Path, "--device"];
            Assert.Equal(0, (await CommandLineTests.RunAsync([.. arguments, "cpu"])).Code);
            (int code, _, string error) = await CommandLineTests.RunAsync([.. arguments, "cuda:63"]);
            Assert.Equal(2, code);
            Assert.Contains("cuda:63", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        }
    }

    /// <summary>As a request over HTTP is drawn, where it does not say.</summary>
    [Theory]
    [InlineData("--prompt", "Hello")]
    [InlineData("--prompt-ids", "[72,101,108,108,111]")]
    public async Task What_no_option_says_the_model_does(string option, string prompt)
    {
        string[] arguments = ["generate", "--model", _folder.Path, option, prompt, "--logprobs", "--max-tokens", "12"];
        if (option == "--prompt-ids")
        {
            File.Delete(_folder.File("tokenizer.json"));
        }

        (_, string hot, _) = await CommandLineTests.RunAsync(arguments);
        (_, string greedy, _) = await CommandLineTests.RunAsync([.. arguments, "--temperature", "0"]);
        await File.WriteAllTextAsync(_folder.File("generation_config.json"), """{"temperature": 1.5, "top_k": 1}""");
        Assert.NotEqual(hot, greedy);
        Assert.Equal(greedy, (await CommandLineTests.RunAsync(arguments)).Output);
        await File.WriteAllTextAsync(_folder.File("generation_config.json"), """{"temperature": 0}""");
        Assert.Equal(greedy, (await CommandLineTests.RunAsync(arguments)).Output);
        Assert.Equal(hot, (await CommandLineTests.RunAsync([.. arguments, "--temperature", "1"])).Output);
    }

    [Fact]
    public async Task A_missing_model_file_is_named_but_first_a_name_that_nothing_has()
    {
        File.Delete(_folder.File("model.safetensors"));
        const string Wrong = """{"guidance":[{"source":"nobody"}]}""";
        (_, _, string first) = await CommandLineTests.RunAsync(
            "generate", "--model", _folder.Path, "--prompt", "a", "--alignment", Wrong);
        Assert.Contains("'nobody'", first, StringComparison.Ordinal);
        (int code, _, string error) = await CommandLineTests.RunAsync("generate", "--model", _folder.Path, "--prompt", "a");
        Assert.Equal(2, code);
        Assert.Contains("model.safetensors", error, StringComparison.Ordinal);
    }

    private async Task<string> Output(params string[] arguments)
    {
        (int code, string output, string error) = await CommandLineTests.RunAsync(
            ["generate", "--model", _folder.Path, "--max-tokens", "12", "--temperature", "0", .. arguments]);
        Assert.True(code == 0, error);
        return output;
    }
}
