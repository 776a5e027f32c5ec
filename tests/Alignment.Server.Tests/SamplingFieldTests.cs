using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Alignment.Compute.Contract.NextToken;
using Alignment.Server.Contracts;
using Alignment.Server.Tests.Doubles;

namespace Alignment.Server.Tests;

/// <summary>
/// Every field of a body: changing it over HTTP changes what the engine is given, and nothing else of it. A field without a row fails.
/// </summary>
public sealed class SamplingFieldTests : IAsyncLifetime, IAsyncDisposable
{
    private const string Chat = "/v1/chat/completions";
    private const string Completions = "/v1/completions";

    private static readonly JsonSerializerOptions s_json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>What a body without the field comes to.</summary>
    private static readonly NextTokenRule s_plain = new() { Seed = 7 };

    /// <summary>Fields that the engine's rule must have: a value that is not the default, and the rule with it.</summary>
    private static readonly Dictionary<string, (string Fields, NextTokenRule Rule)> s_rules = new()
    {
        ["temperature"] = ("0.25", s_plain with { Temperature = 0.25f }),
        ["top_p"] = ("0.5", s_plain with { TopP = 0.5f }),
        ["top_k"] = ("3", s_plain with { TopK = 3 }),
        ["min_p"] = ("0.25", s_plain with { MinP = 0.25f }),
        ["presence_penalty"] = ("0.5", s_plain with { PresencePenalty = 0.5f }),
        ["frequency_penalty"] = ("-0.75", s_plain with { FrequencyPenalty = -0.75f }),
        ["repetition_penalty"] = ("1.5", s_plain with { RepetitionPenalty = 1.5f }),
        ["logit_bias"] = (
            """{"65": 2, "66": -100, "67": -99}""",
            s_plain with { Bias = [new TokenBias(65, 2), new TokenBias(66, float.NegativeInfinity), new TokenBias(67, -99)] }),
        ["bad_words"] = ("""["A"]""", s_plain with { Bias = [new TokenBias(65, float.NegativeInfinity)] }),
        ["seed"] = ("-9", s_plain with { Seed = unchecked((ulong)-9L) }),
        ["alignment"] = ("""{"report": true}""", s_plain with { Report = true }),
        ["top_logprobs"] = ("""3, "logprobs": true""", s_plain with { TopLogProbabilities = 3 }),
    };

    /// <summary>Fields that bound or repeat the drawing: what else the body has, the value, and how many tokens are drawn then.</summary>
    private static readonly Dictionary<string, (string Beside, string Value, int Draws)> s_draws = new()
    {
        ["max_tokens"] = ("", "5", 5),
        ["max_completion_tokens"] = ("", "5", 5),
        ["n"] = (""" "max_tokens": 6, """, "2", 12),
        ["stop"] = (""" "max_tokens": 6, "logit_bias": {"65": 100}, """, "\"AAA\"", 3),
        ["stop_token_ids"] = (""" "max_tokens": 6, "logit_bias": {"65": 100}, """, "[65]", 1),
        ["min_tokens"] = (""" "max_tokens": 6, "logit_bias": {"260": 100}, """, "4", 5),
        ["ignore_eos"] = (""" "max_tokens": 6, "logit_bias": {"260": 100}, """, "true", 6),
    };

    /// <summary>Fields that say what is continued and how it is answered: other tests have them.</summary>
    private static readonly string[] s_others =
    [
        "model", "messages", "add_generation_prompt", "continue_final_message", "prompt", "echo", "best_of", "logprobs", "prompt_logprobs",
        "stream", "stream_options", "include_stop_str_in_output",
    ];

    private readonly RecordedModel _model = new();
    private RunningServer? _server;

    public static TheoryData<string, string> RuleFields => Rows(s_rules.Keys);

    public static TheoryData<string, string> DrawFields => Rows(s_draws.Keys);

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync(_model.Catalog);

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        await _model.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(RuleFields))]
    public async Task A_field_changes_the_rule_that_the_engine_is_given(string path, string field)
    {
        (string value, NextTokenRule expected) = s_rules[field];
        List<NextTokenRule> plain = await SendAsync(path, """ "seed": 7 """);
        string seed = field == "seed" ? "" : "\"seed\": 7, ";
        List<NextTokenRule> changed = await SendAsync(path, $"{seed}\"{field}\": {value}");
        Assert.All(plain, rule => Assert.Equal(Text(s_plain), Text(rule)));
        Assert.All(changed, rule => Assert.Equal(Text(expected), Text(rule)));
        Assert.NotEqual(Text(s_plain), Text(expected));
    }

    [Theory]
    [MemberData(nameof(DrawFields))]
    public async Task A_field_changes_how_many_tokens_are_drawn(string path, string field)
    {
        (string beside, string value, int draws) = s_draws[field];
        Assert.NotEqual(draws, (await SendAsync(path, beside + """ "seed": 7 """)).Count);
        Assert.Equal(draws, (await SendAsync(path, beside + $"\"seed\": 7, \"{field}\": {value}")).Count);
    }

    [Fact]
    public async Task Completions_take_logprobs_as_a_number()
        => Assert.All(await SendAsync(Completions, """ "logprobs": 4 """), rule => Assert.Equal(4, rule.TopLogProbabilities));

    [Fact]
    public void Every_field_of_the_contracts_has_a_row()
    {
        IEnumerable<string> fields = Names(ServerJson.Wire.ChatCompletionRequest).Union(Names(ServerJson.Wire.CompletionRequest));
        List<string> rows = [.. s_rules.Keys, .. s_draws.Keys, .. s_others];
        Assert.Equal(fields.Order(), rows.Order());
    }

    private static TheoryData<string, string> Rows(IEnumerable<string> fields)
    {
        TheoryData<string, string> rows = [];
        Add(Chat, ServerJson.Wire.ChatCompletionRequest);
        Add(Completions, ServerJson.Wire.CompletionRequest);
        return rows;

        void Add(string path, JsonTypeInfo type)
        {
            foreach (string field in fields.Intersect(Names(type)))
            {
                rows.Add(path, field);
            }
        }
    }

    private static IEnumerable<string> Names(JsonTypeInfo type)
        => type.Properties.Where(field => !field.IsExtensionData).Select(field => field.Name);

    private static string Text(NextTokenRule rule) => JsonSerializer.Serialize(rule, s_json);

    private async Task<List<NextTokenRule>> SendAsync(string path, string fields)
    {
        string asked = path == Chat ? """ "messages": [{"role": "user", "content": "Hello"}] """ : """ "prompt": "Hello" """;
        string length = fields.Contains("max_", StringComparison.Ordinal) ? "" : ", \"max_tokens\": 2";
        _model.TakeRules();
        JsonNode answer = await _server!.PostAsync(path, $$"""{"model": "tiny", {{asked}}, {{fields}}{{length}}}""");
        Assert.NotNull(answer["choices"]);
        List<NextTokenRule> rules = _model.TakeRules();
        Assert.NotEmpty(rules);
        return rules;
    }
}
