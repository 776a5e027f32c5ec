using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Alignment.Decoding;
using Alignment.Decoding.Requests;
using Alignment.Server.Contracts;
using Alignment.Server.Swagger;
using Alignment.Server.Tests.Doubles;

namespace Alignment.Server.Tests;

/// <summary>/v1/models, /health, /metrics and /swagger.</summary>
public sealed partial class StateTests(TinyServer tiny) : IClassFixture<TinyServer>
{
    private readonly RunningServer _server = tiny.Server;

    [Fact]
    public async Task Models_and_profiles_are_listed_and_found()
    {
        JsonNode list = await _server.GetAsync("/v1/models");
        Assert.Equal("list", (string?)list["object"]);
        Assert.Equal(["tiny", "tiny:best"], list["data"]!.AsArray().Select(model => (string?)model!["id"]));
        Assert.Equal("tiny:best", (string?)(await _server.GetAsync("/v1/models/tiny:best"))["id"]);
        using HttpResponseMessage missing = await _server.Client.GetAsync("/v1/models/nothing");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Fact]
    public async Task Health_is_green_and_turns_red_when_an_engine_stops()
    {
        Assert.Equal("ok", (string?)(await _server.GetAsync("/health"))["status"]);
        await using RunningServer stopped = await RunningServer.StartAsync(new ScriptedGenerator([], healthy: false));
        using HttpResponseMessage red = await stopped.Client.GetAsync("/health");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, red.StatusCode);
    }

    [Fact]
    public async Task Metrics_are_Prometheus_text_and_count()
    {
        double before = Value(await _server.Client.GetStringAsync("/metrics"), "alignment_generation_tokens_total{model=\"tiny\"}");
        await _server.PostAsync("/v1/completions", """{"model": "tiny", "prompt": "abc", "max_tokens": 8, "ignore_eos": true}""");
        string text = await _server.Client.GetStringAsync("/metrics");
        Assert.Equal(before + 8, Value(text, "alignment_generation_tokens_total{model=\"tiny\"}"));
        Assert.Equal(1, Value(text, "alignment_healthy{model=\"tiny\"}"));
        Assert.Equal(0, Value(text, "alignment_requests_running{model=\"tiny\"}"));
        Assert.All(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches(Line(), line));
    }

    [Fact]
    public async Task Every_example_of_the_documentation_can_be_executed()
    {
        JsonNode document = await _server.GetAsync("/swagger/v1/swagger.json");
        int executed = 0;
        foreach ((string path, JsonNode? operations) in document["paths"]!.AsObject())
        {
            JsonNode? examples = operations!["post"]?["requestBody"]!["content"]!["application/json"]!["examples"];
            foreach ((_, JsonNode? example) in examples?.AsObject() ?? [])
            {
                await _server.PostAsync(path, example!["value"]!.ToJsonString());
                executed++;
            }
        }

        Assert.Equal(7, executed);
    }

    [Fact]
    public async Task The_documentation_has_every_method_with_its_options_and_their_ranges()
    {
        JsonNode document = await _server.GetAsync("/swagger/v1/swagger.json");
        JsonNode alignment = document["components"]!["schemas"]![nameof(ChatCompletionRequest)]!["properties"]!["alignment"]!;
        JsonArray search = alignment["properties"]!["search"]!["oneOf"]!.AsArray();
        JsonObject[] methods = [.. search.Select(method => method!["properties"]!.AsObject())];
        Assert.Equal(StandardMethods.Catalog.All.Select(method => method.Name), methods.Select(m => (string?)m["method"]!["enum"]![0]));
        Assert.All(StandardMethods.Catalog.All.Zip(methods), pair => Assert.Equal(
            ["method", .. pair.First.Options.Select(option => option.Name)], pair.Second.Select(option => option.Key)));
        JsonObject bestOfN = methods.Single(method => method.ContainsKey("tau"));
        Assert.Equal((1, 64, 4), ((int)bestOfN["n"]!["minimum"]!, (int)bestOfN["n"]!["maximum"]!, (int)bestOfN["n"]!["default"]!));
        JsonObject reward = bestOfN["reward"]!["items"]!["properties"]!.AsObject();
        Assert.Equal(["name", "weight", "transform", "reference"], reward.Select(field => field.Key));
    }

    [Theory]
    [InlineData(typeof(ChatCompletionRequest))]
    [InlineData(typeof(CompletionRequest))]
    public async Task The_documentation_says_the_ranges_that_requests_are_held_to(Type body)
    {
        JsonNode document = await _server.GetAsync("/swagger/v1/swagger.json");
        JsonObject fields = document["components"]!["schemas"]![body.Name]!["properties"]!.AsObject();
        IReadOnlyDictionary<string, NumberRange> ranges = RangeSchemas.Of(body, new GenerationLimits());
        foreach ((string name, NumberRange range) in ranges)
        {
            JsonNode field = fields[name]!;
            Assert.Equal(range.Minimum, (double)field["minimum"]!);
            Assert.Equal(range.ExcludesMinimum, (bool?)field["exclusiveMinimum"] ?? false);
            Assert.Equal(double.IsFinite(range.Maximum) ? range.Maximum : null, (double?)field["maximum"]);
        }
    }

    [Fact]
    public async Task The_documentation_describes_the_alignment_object()
    {
        JsonNode document = await _server.GetAsync("/swagger/v1/swagger.json");
        string text = document["components"]!["schemas"]!.ToJsonString();
        Assert.All(
            ["guidance", "search", "report", "best_of_n", "head", "arm", "value", "log_sigmoid"],
            word => Assert.Contains($"\"{word}\"", text, StringComparison.Ordinal));
        Assert.Contains("swagger-ui", await _server.Client.GetStringAsync("/swagger/index.html"), StringComparison.Ordinal);
    }

    private static double Value(string metrics, string series) =>
        metrics.Split('\n')
            .Where(line => line.StartsWith(series + " ", StringComparison.Ordinal))
            .Select(line => double.Parse(line[(series.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture))
            .SingleOrDefault();

    [GeneratedRegex(@"^(# (HELP|TYPE) [a-z0-9_]+ .+|[a-z0-9_]+(\{[a-z]+=""[^""]*""(,[a-z]+=""[^""]*"")*\})? [0-9.eE+-]+)$")]
    private static partial Regex Line();
}
