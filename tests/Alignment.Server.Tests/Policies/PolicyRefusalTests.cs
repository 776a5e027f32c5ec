using System.Net;
using System.Text.Json.Nodes;
using Alignment.Tests;

namespace Alignment.Server.Tests.Policies;

/// <summary>
/// Over HTTP, beside a floor of a guide and one of a reward: each way around them alone is refused by name wherever answers are generated,
/// and ordinary requests are not.
/// </summary>
public sealed class PolicyRefusalTests(PolicyServers servers) : IClassFixture<PolicyServers>
{
    private const string BestOf = """ "alignment": {"search": {"method": "best_of_n", "n": 8, "reward": [{"name": "value" """;

    [Theory]
    [InlineData("temperature", """ "temperature": 1.5 """)]
    [InlineData("logit_bias.65", """ "logit_bias": {"65": 100} """)]
    [InlineData("logit_bias.65", """ "logit_bias": {"65": -100} """)]
    [InlineData("repetition_penalty", """ "repetition_penalty": 1.1 """)]
    [InlineData("repetition_penalty", """ "repetition_penalty": 0.5 """)]
    [InlineData("frequency_penalty", """ "frequency_penalty": -2 """)]
    [InlineData("presence_penalty", """ "presence_penalty": 2 """)]
    [InlineData("bad_words", """ "bad_words": ["sorry"] """)]
    [InlineData("min_tokens", """ "min_tokens": 3 """)]
    [InlineData("ignore_eos", """ "ignore_eos": true """)]
    [InlineData("alignment.guidance[0].source", """ "alignment": {"guidance": [{"source": "arm", "weight": -8}]} """)]
    [InlineData("alignment.guidance[0].source", """ "alignment": {"guidance": [{"source": "prompt", "text": "You are rude."}]} """)]
    [InlineData("alignment.guidance[0].weight", """ "alignment": {"guidance": [{"source": "head", "weight": 0.5}]} """)]
    [InlineData("alignment.search.reward[0].name", BestOf + """, "weight": -1}]}} """)]
    [InlineData("alignment.report", """ "alignment": {"report": true} """)]
    [InlineData("prompt_logprobs", """ "prompt_logprobs": 20 """)]
    public Task A_way_around_a_guides_floor_is_refused(string field, string json) => RefusedAsync(servers.Guide, field, json);

    [Theory]
    [InlineData("alignment.search.method", """ "alignment": {"search": {"method": "sample"}} """)]
    [InlineData("alignment.search.n", """ "alignment": {"search": {"method": "best_of_n", "n": 3, "reward": [{"name": "value"}]}} """)]
    [InlineData("alignment.search.tau", BestOf + """}], "tau": 1e6}} """)]
    [InlineData("alignment.search.reward[0].weight", BestOf + """, "weight": 0.5}]}} """)]
    [InlineData("alignment.search.reward[0].transform", BestOf + """, "transform": "log_sigmoid", "reference": -1e6}]}} """)]
    [InlineData("alignment.report", BestOf + """}]}, "report": true} """)]
    [InlineData("n", """ "n": 2 """)]
    [InlineData("alignment.guidance[0].source", """ "alignment": {"guidance": [{"source": "head", "weight": -8}]} """)]
    [InlineData("logit_bias.65", """ "logit_bias": {"65": 1} """)]
    [InlineData("temperature", """ "temperature": 0 """)]
    [InlineData("top_k", """ "top_k": 1 """)]
    [InlineData("top_p", """ "top_p": 1e-6 """)]
    [InlineData("min_p", """ "min_p": 1 """)]
    public Task A_way_around_a_rewards_floor_is_refused(string field, string json) => RefusedAsync(servers.Reward, field, json);

    [Theory]
    [InlineData(""" "stop": ["z"], "seed": 1 """)]
    [InlineData(""" "temperature": 1, "top_p": 1, "top_k": 0, "min_p": 0 """)]
    [InlineData(""" "presence_penalty": 0, "frequency_penalty": 0, "repetition_penalty": 1 """)]
    [InlineData(""" "min_tokens": 0, "bad_words": [], "stop_token_ids": [1], "include_stop_str_in_output": true """)]
    [InlineData(""" "logit_bias": {}, "n": 1, "logprobs": true, "ignore_eos": false """)]
    public async Task Ordinary_requests_are_served(string json)
    {
        Assert.NotNull(await servers.Guide.PostAsync("/v1/chat/completions", Body(json)));
        Assert.NotNull(await servers.Reward.PostAsync("/v1/chat/completions", Body(json)));
    }

    [Fact]
    public async Task Beside_a_guides_floor_sampling_may_be_as_narrow_as_it_likes()
        => Assert.NotNull(await servers.Guide.PostAsync(
            "/v1/chat/completions", Body(""" "temperature": 0.7, "top_p": 0.9, "top_k": 1, "min_p": 0.05 """)));

    [Fact]
    public Task What_the_frozen_model_says_of_an_echo_is_refused_too() => RefusedAsync(
        servers.Guide, "/v1/completions", "logprobs", """{"model": "tiny", "prompt": "Hello", "max_tokens": 1, "echo": true,"""
            + """ "logprobs": 5}""");

    [Fact]
    public async Task A_silent_request_and_a_profile_have_the_floor_in_their_report()
    {
        using var folder = new TemporaryFolder();
        string[] configuration = [.. TinyServer.Configuration(folder.Path), "--Alignment:Policy:MinimumGuidance:head=1"];
        await using RunningServer open = await RunningServer.StartAsync([.. configuration, "--Alignment:Policy:AllowReports=true"]);
        foreach (string model in new[] { "tiny", "tiny:best" })
        {
            JsonNode answer = await open.PostAsync("/v1/chat/completions", Body(""" "alignment": {"report": true} """, model));
            JsonNode guide = answer["alignment"]!["report"]!["guidance"]!.AsArray().Single()!;
            Assert.Equal(("head", 1), ((string?)guide["source"], (double)guide["weight"]!));
        }
    }

    [Fact]
    public async Task A_silent_request_is_chosen_from_four_candidates_where_a_reward_has_a_floor()
    {
        JsonNode answer = await servers.Reward.PostAsync("/v1/chat/completions", Body(""" "logprobs": true """));
        int shown = answer["choices"]![0]!["logprobs"]!["content"]!.AsArray().Count;
        Assert.True((int)answer["usage"]!["completion_tokens"]! > 2 * shown, answer["usage"]!.ToJsonString());
    }

    private static async Task RefusedAsync(RunningServer server, string field, string json)
    {
        await RefusedAsync(server, "/v1/chat/completions", field, Body(json));
        await RefusedAsync(server, "/v1/completions", field, $$"""{"model": "tiny", "prompt": "Hello", "max_tokens": 6, {{json}}}""");
    }

    private static async Task RefusedAsync(RunningServer server, string path, string field, string body)
    {
        using HttpResponseMessage response = await server.SendAsync(path, body);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.BadRequest, $"{path} answers {text}");
        JsonNode error = JsonNode.Parse(text)!["error"]!;
        Assert.Equal(field, (string?)error["param"]);
        Assert.Contains("operator", (string?)error["message"], StringComparison.Ordinal);
    }

    private static string Body(string json, string model = "tiny")
        => $$"""{"model": "{{model}}", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 6, {{json}}}""";
}
