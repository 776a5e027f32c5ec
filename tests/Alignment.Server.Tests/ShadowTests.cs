using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Alignment.Hosting.Options;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Server.Tests;

/// <summary>Rewards that only watch: what they say is in the metrics, and nothing else changes.</summary>
public sealed partial class ShadowTests : IDisposable
{
    private const string Messages = """ "messages": [{"role": "user", "content": "Tell me something long."}] """;

    private readonly TemporaryFolder _folder = new();
    private readonly string[] _configuration;

    public ShadowTests()
    {
        _configuration = TinyServer.Configuration(_folder.Path);
        TinyRewards.WriteValue(_folder.Path, "candidate", new TinyShape(), seed: 77);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("tiny", """ "n": 2, "max_tokens": 20, "logprobs": true, "top_logprobs": 3 """)]
    [InlineData("tiny", """ "n": 2, "max_tokens": 20, "alignment": {"report": true, "guidance": [{"source": "arm"}]} """)]
    [InlineData("tiny:best", """ "max_tokens": 30, "alignment": {"report": true} """)]
    public async Task Responses_are_the_same_bit_for_bit_and_the_metrics_are_not(string model, string fields)
    {
        string body = $$"""{"model": "{{model}}", "seed": 5, {{Messages}}, {{fields}}}""";
        await using RunningServer without = await RunningServer.StartAsync(_configuration);
        await using RunningServer with = await StartAsync();
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(await SaidAsync(without), await SaidAsync(with));
            await MetricsAsync(with, metrics => Sum(metrics, "alignment_shadow_forward_tokens_total") > i);
        }

        string metrics = await MetricsAsync(with, metrics => Sum(metrics, "alignment_shadow_reward_count") > 0);
        Assert.Contains($"alignment_shadow_reward_count{{model=\"{model}\",reward=\"candidate\"}}", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("reward=\"value\"", metrics, StringComparison.Ordinal);
        Assert.Equal(model != "tiny", metrics.Contains("alignment_shadow_choices_total{", StringComparison.Ordinal));
        Assert.DoesNotContain("alignment_shadow_reward_count", await without.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);

        async Task<string> SaidAsync(RunningServer server)
        {
            JsonNode answer = await server.PostAsync("/v1/chat/completions", body);
            return answer["choices"]!.ToJsonString() + answer["alignment"]?.ToJsonString();
        }
    }

    [Fact]
    public async Task What_a_shadow_says_is_what_it_would_say_as_a_reward()
    {
        string search = """ "alignment": {"report": true, "search": {"method": "best_of_n", "n": 3, "reward": [{"name": "candidate"}]}} """;
        string body = $$"""{"model": "tiny", "seed": 5, "max_tokens": 24, "n": 3, {{Messages}}""";
        await using RunningServer acting = await RunningServer.StartAsync(_configuration);
        JsonNode report = (await acting.PostAsync("/v1/chat/completions", $"{body}, {search}}}"))["alignment"]!["report"]!;
        double expected = report["candidates"]!.AsArray().Sum(candidate => (double)candidate!["rewards"]!["candidate"]!);

        await using RunningServer watching = await StartAsync();
        await watching.PostAsync("/v1/chat/completions", body + "}");
        string metrics = await MetricsAsync(watching, metrics => Sum(metrics, "alignment_shadow_reward_count") == 3);
        Assert.Equal(expected, Sum(metrics, "alignment_shadow_reward_sum"), 1e-9);
    }

    [Fact]
    public async Task A_shadow_that_is_the_acting_reward_s_twin_likes_the_same_best()
    {
        TinyRewards.WriteValue(_folder.Path, "twin", new TinyShape(), seed: 5);
        await using RunningServer server = await RunningServer.StartAsync([.. _configuration, "--Alignment:Models:0:Shadow:0=twin"]);
        await server.PostAsync("/v1/chat/completions", $$"""{"model": "tiny:best", "seed": 5, "max_tokens": 20, {{Messages}}}""");
        string metrics = await MetricsAsync(server, metrics => Sum(metrics, "alignment_shadow_choices_total") == 1);
        Assert.Contains(
            "alignment_shadow_choices_total{model=\"tiny:best\",reward=\"twin\",same=\"true\"} 1", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_cannot_name_it_and_a_profile_promotes_it()
    {
        const string Search = "--Alignment:Profiles:promoted:Alignment:search";
        await using RunningServer server = await StartAsync(
            $"{Search}:method=best_of_n", $"{Search}:n=3", $"{Search}:reward:0:name=candidate");
        string named = """ "alignment": {"search": {"method": "best_of_n", "reward": [{"name": "candidate"}]}} """;
        foreach (string model in new[] { "tiny", "tiny:promoted" })
        {
            using HttpResponseMessage refused = await server.SendAsync(
                "/v1/chat/completions", $$"""{"model": "{{model}}", {{Messages}}, {{named}}}""");
            JsonObject error = await ErrorShape.OfAsync(refused);
            Assert.Contains("'candidate' is a shadow here", (string)error["message"]!, StringComparison.Ordinal);
        }

        JsonNode models = await server.GetAsync("/v1/models");
        Assert.All(models["data"]!.AsArray(), model => Assert.Equal(["value"], model!["rewards"]!.AsArray().Select(name => (string?)name)));
        JsonNode answer = await server.PostAsync(
            "/v1/chat/completions",
            $$"""{"model": "tiny:promoted", "max_tokens": 8, {{Messages}}, "alignment": {"report": true} }""");
        Assert.All(
            answer["alignment"]!["report"]!["candidates"]!.AsArray(),
            candidate => Assert.Equal(["candidate"], candidate!["rewards"]!.AsObject().Select(reward => reward.Key)));
        string metrics = await server.Client.GetStringAsync("/metrics");
        Assert.DoesNotContain("alignment_shadow_reward_count", metrics, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing", "has no reward 'nothing'; what exists: candidate, value")]
    [InlineData("arm", "has no reward 'arm'")]
    public async Task A_shadow_must_be_a_reward_of_the_model(string name, string message)
    {
        InvalidConfigurationException fault = await Assert.ThrowsAsync<InvalidConfigurationException>(
            () => RunningServer.StartAsync([.. _configuration, $"--Alignment:Models:0:Shadow:0={name}"]));
        string problem = Assert.Single(fault.Problems);
        Assert.StartsWith("Alignment:Models:0:Shadow: tiny", problem, StringComparison.Ordinal);
        Assert.Contains(message, problem, StringComparison.Ordinal);
    }

    private static double Sum(string metrics, string series) => Line().Matches(metrics)
        .Where(line => line.Groups[1].Value == series)
        .Sum(line => double.Parse(line.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Scoring comes after the answer.</summary>
    private static async Task<string> MetricsAsync(RunningServer server, Predicate<string> isThere)
    {
        for (int i = 0; i < 600; i++)
        {
            string metrics = await server.Client.GetStringAsync("/metrics");
            if (isThere(metrics))
            {
                return metrics;
            }

            await Task.Delay(50);
        }

        throw new TimeoutException("the metrics did not change");
    }

    private Task<RunningServer> StartAsync(params string[] more)
        => RunningServer.StartAsync([.. _configuration, "--Alignment:Models:0:Shadow:0=candidate", .. more]);

    [GeneratedRegex(@"^(\w+)(?:\{.*\})? (\S+)$", RegexOptions.Multiline)]
    private static partial Regex Line();
}
