using System.Net;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Alignment.Decoding.Responses;
using Alignment.Server.Contracts;
using Alignment.Server.Requests.Fields;
using Alignment.Server.Tests.Doubles;
using Alignment.Tests;

namespace Alignment.Server.Tests;

/// <summary>What the server cannot honour is refused by name: every row of the table, and every name that is in none.</summary>
public sealed partial class FieldTests(FieldTests.Scripted scripted) : IClassFixture<FieldTests.Scripted>
{
    private const string Chat = """
        {"model": "scripted", "messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}], "stream_options": {}}
        """;

    private const string Completion = """{"model": "scripted", "prompt": "x", "stream_options": {}}""";
    private const string Tokenize = """{"model": "scripted", "messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]}""";

    /// <summary>Place and name of each row.</summary>
    public static IEnumerable<object[]> Rows =>
        ForeignFields.Rows.OrderBy(row => row.Name, StringComparer.Ordinal).Select(row => new object[] { row.Place, row.Name });

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task A_field_that_is_not_ours_is_refused_by_name_unless_it_asks_for_nothing(string place, string name)
    {
        ForeignField row = ForeignFields.Rows.Single(row => row.Place == place && row.Name == name);
        foreach (string? path in PathsOf(place))
        {
            foreach (string value in (string[])["null", .. row.Neutral])
            {
                Assert.Null(await RefusalAsync(path, place, name, value));
            }

            string? message = await RefusalAsync(path, place, name, "\"a value that nobody has\"");
            if (row.Reason is null)
            {
                Assert.Null(message);
            }
            else
            {
                Assert.Contains($"{name}: {row.Reason}", message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("typical_p", "1.0")]
    [InlineData("response_format", """{ "type" : "text" }""")]
    public async Task Neutral_is_what_a_value_says_and_not_how_it_is_written(string name, string value)
        => Assert.Null(await RefusalAsync("/v1/chat/completions", Places.Chat, name, value));

    [Theory]
    [InlineData(Places.Chat, "alignement", "alignment")]
    [InlineData(Places.Chat, "Alignment", "alignment")]
    [InlineData(Places.Chat, "aligmnent", "alignment")]
    [InlineData(Places.Chat, "temprature", "temperature")]
    [InlineData(Places.Chat, "maxTokens", "max_tokens")]
    [InlineData(Places.Chat, "max-completion-tokens", "max_completion_tokens")]
    [InlineData(Places.Chat, "top_logprob", "top_logprobs")]
    [InlineData(Places.Completion, "repetition_penality", "repetition_penalty")]
    [InlineData(Places.StreamOptions, "include_useage", "include_usage")]
    [InlineData(Places.Message, "contnet", "content")]
    [InlineData(Places.Feedback, "correctoin", "correction")]
    [InlineData(Places.Part, "Text", "text")]
    public async Task A_misspelt_name_is_told_the_right_one(string place, string name, string meant)
    {
        string? message = await RefusalAsync(PathsOf(place)[0], place, name, "1");
        Assert.Contains($"{name}: unknown field; did you mean '{meant}'?", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Places.Chat, "m")]
    [InlineData(Places.Chat, "nothing_like_it")]
    [InlineData(Places.Completion, "messages")]
    [InlineData(Places.Tokenize, "nothing_like_it")]
    [InlineData(Places.Message, "nothing_like_it")]
    public async Task An_unknown_name_is_refused_even_where_its_value_is_null(string place, string name)
        => Assert.Contains($"{name}: unknown field", await RefusalAsync(PathsOf(place)[0], place, name, "null"), StringComparison.Ordinal);

    [Fact]
    public async Task A_refusal_says_where_the_field_stands()
    {
        const string Body = """
            {"model": "scripted", "stream_options": {"include_obfuscation": true}, "messages": [
             {"role": "user", "content": "x"}, {"role": "user", "content": [{"type": "text", "text": "x", "file": 1}], "tool_calls": [1]}]}
            """;
        string message = (await ErrorAsync("/v1/chat/completions", Body))!;
        Assert.All(
            ["messages[1].content[0].file", "messages[1].tool_calls", "stream_options.include_obfuscation"],
            path => Assert.Contains($"{path}: ", message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Five_hundred_unknown_fields_are_answered_briefly()
    {
        string fields = string.Join(", ", Enumerable.Range(0, 500).Select(i => $"\"field{i}\": 1"));
        string message = (await ErrorAsync("/v1/chat/completions", Chat[..^1] + ", " + fields + "}"))!;
        Assert.InRange(message.Length, 100, 4096);
        Assert.EndsWith("and 480 more", message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_row_is_about_a_field_that_we_have()
        => Assert.DoesNotContain(ForeignFields.Rows, row => Contracts(row.Place).Any(known => known.Contains(row.Name)));

    [Theory]
    [InlineData(Places.Chat, "ChatCompletionRequest")]
    [InlineData(Places.Completion, "CompletionRequest")]
    [InlineData(Places.Tokenize, "TokenizeRequest")]
    [InlineData(Places.Feedback, "FeedbackRequest")]
    [InlineData(Places.StreamOptions, "StreamOptions")]
    [InlineData(Places.Message, "ChatMessageBody")]
    public async Task The_documentation_has_exactly_the_fields_that_are_accepted(string place, string schema)
    {
        JsonNode document = await scripted.Server.GetAsync("/swagger/v1/swagger.json");
        JsonObject fields = document["components"]!["schemas"]![schema]!["properties"]!.AsObject();
        Assert.Equal(Contracts(place)[0].Order(), fields.Select(field => field.Key).Order());
        Assert.All(fields, field => Assert.NotNull(field.Value!["description"] ?? field.Value["$ref"]));
    }

    [NodeFact("openai")]
    public void Every_field_of_OpenAIs_own_client_is_ours_or_has_a_row()
    {
        string resources = Path.Combine(RepositoryPaths.Clients, "openai", "node_modules", "openai", "resources");
        Check(Path.Combine(resources, "chat", "completions", "completions.d.ts"), "ChatCompletionCreateParamsBase", Places.Chat);
        Check(Path.Combine(resources, "completions.d.ts"), "CompletionCreateParamsBase", Places.Completion);
        Check(Path.Combine(resources, "chat", "completions", "completions.d.ts"), "ChatCompletionStreamOptions", Places.StreamOptions);
        Check(Path.Combine(resources, "chat", "completions", "completions.d.ts"), "ChatCompletionAssistantMessageParam", Places.Message);

        static void Check(string file, string type, string place)
        {
            string text = File.ReadAllText(file);
            int from = text.IndexOf($"interface {type} ", StringComparison.Ordinal);
            string body = text[from..text.IndexOf("\n}", from, StringComparison.Ordinal)];
            string[] names = [.. Property().Matches(body).Select(match => match.Groups[1].Value)];
            Assert.True(names.Length > 1, type);
            Assert.All(names, name => Assert.True(Contracts(place)[0].Contains(name) || ForeignFields.Find(place, name) is not null, name));
        }
    }

    private static string[][] Contracts(string place) => place switch
    {
        Places.Chat => [Names(ServerJson.Wire.ChatCompletionRequest)],
        Places.Completion => [Names(ServerJson.Wire.CompletionRequest)],
        Places.Tokenize => [Names(ServerJson.Wire.TokenizeRequest)],
        Places.Feedback => [Names(ServerJson.Wire.FeedbackRequest)],
        Places.StreamOptions => [Names(ServerJson.Wire.StreamOptions)],
        Places.Message => [Names(ServerJson.Wire.ChatMessageBody)],
        Places.Part => [["type", "text"]],
        _ => [.. Contracts(Places.Chat), .. Contracts(Places.Completion), .. Contracts(Places.Tokenize)],
    };

    private static string[] Names(JsonTypeInfo contract) => [.. contract.Properties.Select(property => property.Name)];

    private static string[] PathsOf(string place) => place switch
    {
        Places.AnyBody => ["/v1/chat/completions", "/v1/completions", "/tokenize"],
        Places.Completion => ["/v1/completions"],
        Places.Tokenize => ["/tokenize"],
        Places.Feedback => ["/v1/feedback"],
        Places.StreamOptions => ["/v1/chat/completions", "/v1/completions"],
        Places.Message or Places.Part => ["/v1/chat/completions", "/tokenize"],
        _ => ["/v1/chat/completions"],
    };

    /// <summary>The error's message for a body with one more field; null where it is answered.</summary>
    private Task<string?> RefusalAsync(string path, string place, string name, string value)
    {
        string plain = path switch
        {
            "/tokenize" => Tokenize,
            "/v1/completions" => Completion,
            "/v1/feedback" => $$"""{"completion_id": "{{scripted.CompletionId}}", "rating": "up"}""",
            _ => Chat,
        };
        JsonObject body = JsonNode.Parse(plain)!.AsObject();
        JsonObject target = place switch
        {
            Places.StreamOptions => body["stream_options"]!.AsObject(),
            Places.Message => body["messages"]![0]!.AsObject(),
            Places.Part => body["messages"]![0]!["content"]![0]!.AsObject(),
            _ => body,
        };
        target[name] = JsonNode.Parse(value);
        return ErrorAsync(path, body.ToJsonString());
    }

    private async Task<string?> ErrorAsync(string path, string body)
    {
        using HttpResponseMessage response = await scripted.Server.SendAsync(path, body);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.BadRequest, text);
        return response.IsSuccessStatusCode ? null : (string?)JsonNode.Parse(text)!["error"]!["message"];
    }

    [GeneratedRegex(@"^    (\w+)\??:", RegexOptions.Multiline)]
    private static partial Regex Property();

    /// <summary>A server whose model answers at once, and has answered something that can be judged.</summary>
    public sealed class Scripted : IAsyncLifetime, IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private RunningServer? _server;

        internal string CompletionId { get; private set; } = "";

        internal RunningServer Server => _server ?? throw new InvalidOperationException("the server has not started");

        public async Task InitializeAsync()
        {
            GenerationEvent[] answer = [new TextEvent(0, "x", []), new FinishEvent(0, FinishReason.Stop), new UsageEvent(1, 1, 0, 1)];
            _server = await RunningServer.StartAsync(
                new ScriptedGenerator(answer), $"--Server:Feedback:Database={_folder.File("feedback.db")}");
            CompletionId = (string)(await _server.PostAsync("/v1/chat/completions", Chat))["id"]!;
        }

        public async Task DisposeAsync() => await Server.DisposeAsync();

        public void Dispose() => _folder.Dispose();
    }
}
