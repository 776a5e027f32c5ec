using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Cli.Tests;

/// <summary>
/// The example of docs/training.md from feedback to a reward that acts, carried out as it stands there on a miniature model.
/// </summary>
public sealed partial class FeedbackLoopTests : IDisposable
{
    private const string Section = "## From feedback to a reward";
    private const string Chat = """
        {"model": "tiny-chat:chosen", "max_tokens": 8, "alignment": {"report": true},
         "messages": [{"role": "user", "content": "Hi!"}]}
        """;

    private readonly TemporaryFolder _folder = new();

    public FeedbackLoopTests()
    {
        string model = _folder.File("models/tiny-chat");
        TinyCheckpoint.Write(model, TinyArchitecture.Llama);
        TinyRewards.WriteValue(model, "helpful-value", new TinyShape(), seed: 5);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_users_said_is_learned_watched_and_promoted()
    {
        string page = await File.ReadAllTextAsync(Path.Combine(RepositoryPaths.Root, "docs", "training.md"));
        string section = page[page.IndexOf(Section, StringComparison.Ordinal)..];
        section = section[..section.IndexOf("\n## ", Section.Length, StringComparison.Ordinal)];
        string[] settings = Blocks(section, "json");
        string[] commands = Blocks(section, "sh");
        Assert.Equal((3, 2), (settings.Length, commands.Length));
        await File.WriteAllTextAsync(_folder.File("appsettings.json"), settings[0]);

        await using (ServedExample remembering = await ServedExample.StartAsync(_folder.Path))
        {
            Assert.Equal(["helpful-value"], await remembering.ActingAsync(Chat));
            await RunAsync(commands[0], remembering.Url);
        }

        string trained = await RunAsync(commands[1], "");
        Assert.Contains("feedback.jsonl: 12 preference rows; of the other kind there are 12", trained, StringComparison.Ordinal);

        string[] shadow = [.. Flatten(JsonNode.Parse(settings[1]), "-")];
        await using (ServedExample watching = await ServedExample.StartAsync(_folder.Path, shadow))
        {
            Assert.Equal(["helpful-value"], await watching.ActingAsync(Chat));
            await watching.MetricAsync("alignment_shadow_reward_count{model=\"tiny-chat:chosen\",reward=\"liked\"} 1");
        }

        string[] promotion = [.. Flatten(JsonNode.Parse(settings[2]), "-")];
        await using ServedExample promoted = await ServedExample.StartAsync(_folder.Path, [.. shadow, Assert.Single(promotion)]);
        Assert.Equal(["liked"], await promoted.ActingAsync(Chat));
    }

    private static string[] Blocks(string text, string language)
        => [.. Block().Matches(text).Where(block => block.Groups[1].Value == language).Select(block => block.Groups[2].Value)];

    /// <summary>Settings as arguments: <c>--Section:Key=value</c>.</summary>
    private static IEnumerable<string> Flatten(JsonNode? node, string path)
    {
        string next = path == "-" ? "--" : path + ":";
        return node switch
        {
            JsonObject section => section.SelectMany(key => Flatten(key.Value, next + key.Key)),
            JsonArray list => list.SelectMany((element, i) => Flatten(element, $"{next}{i}")),
            _ => [$"{path}={node}"],
        };
    }

    private async Task<string> RunAsync(string commands, string url)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Alignment.Cli.dll");
        ProcessStartInfo start = new("bash", ["-euo", "pipefail", "-c", $"alignment() {{ dotnet '{program}' \"$@\"; }}\n{commands}"])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["url"] = url;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        return await output;
    }

    [GeneratedRegex(@"```(\w+)\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    /// <summary><c>alignment serve</c> in the folder of the example.</summary>
    private sealed class ServedExample : IAsyncDisposable
    {
        private readonly Process _process;
        private readonly HttpClient _client;

        private ServedExample(Process process, string url)
        {
            (_process, Url) = (process, url);
            _client = new HttpClient { BaseAddress = new Uri(url) };
        }

        public string Url { get; }

        public static async Task<ServedExample> StartAsync(string folder, params string[] settings)
        {
            string[] arguments = ["serve", "--contentRoot", folder, "--urls", "http://127.0.0.1:0", .. settings];
            ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "Alignment.Cli.dll"), .. arguments])
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
            };
            Process process = Process.Start(start)!;
            const string Listening = "Listening  ";
            string line = await process.StandardOutput.ReadLineAsync() ?? "";
            Assert.StartsWith(Listening, line, StringComparison.Ordinal);
            _ = process.StandardOutput.ReadToEndAsync();
            return new ServedExample(process, line[Listening.Length..]);
        }

        /// <summary>The rewards that chose the answer.</summary>
        public async Task<string[]> ActingAsync(string body)
        {
            using StringContent content = new(body, Encoding.UTF8, "application/json");
            using HttpResponseMessage answer = await _client.PostAsync("/v1/chat/completions", content);
            string text = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.IsSuccessStatusCode, text);
            JsonNode candidate = JsonNode.Parse(text)!["alignment"]!["report"]!["candidates"]![0]!;
            return [.. candidate["rewards"]!.AsObject().Select(reward => reward.Key)];
        }

        /// <summary>Waits for a line of the metrics.</summary>
        public async Task MetricAsync(string line)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            while (!(await _client.GetStringAsync("/metrics", patience.Token)).Contains(line, StringComparison.Ordinal))
            {
                await Task.Delay(50, patience.Token);
            }
        }

        public async ValueTask DisposeAsync()
        {
            _client.Dispose();
            using Process kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
            await kill.WaitForExitAsync();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
    }
}
