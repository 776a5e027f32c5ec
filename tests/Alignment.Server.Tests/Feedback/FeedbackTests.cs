using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Alignment.Feedback.Records;
using Alignment.Feedback.Storage;
using Alignment.Tests;
using Microsoft.Data.Sqlite;

namespace Alignment.Server.Tests.Feedback;

/// <summary>POST /v1/feedback over a real socket and a real database.</summary>
public sealed class FeedbackTests : IDisposable
{
    private const string Chat = """
        {"model": "tiny:best", "seed": 3, "max_tokens": 6,
         "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi!"}]
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly string _database;

    public FeedbackTests() => _database = _folder.File("feedback.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_answer_is_judged_with_its_conversation_however_it_was_given()
    {
        string[] texts;
        await using (RunningServer server = await StartAsync())
        {
            JsonNode whole = await server.PostAsync("/v1/chat/completions", Chat + """, "n": 2}""");
            texts = [.. whole["choices"]!.AsArray().Select(choice => (string)choice!["message"]!["content"]!)];
            JsonNode stored = await PutAsync(server, $$"""{"completion_id": "{{whole["id"]}}", "rating": "down", "index": 1}""");
            Assert.Equal(("feedback", (string?)whole["id"]), ((string?)stored["object"], (string?)stored["completion_id"]));
            await PutAsync(server, $$"""{"completion_id": "{{whole["id"]}}", "ranking": [1, 0], "correction": "Hello!", "index": 0}""");

            List<string> stream = await server.StreamAsync("/v1/chat/completions", Chat + """, "stream": true}""");
            await PutAsync(server, $$"""{"completion_id": "{{JsonNode.Parse(stream[0])!["id"]}}", "rating": "up"}""");
        }

        using FeedbackDatabase database = FeedbackDatabase.OpenExisting(_database);
        JudgedCompletion[] judged = [.. database.ReadJudged(FeedbackSelection.All)];
        Assert.Equal(texts, judged[0].Completion.Choices);
        Assert.Equal(texts[0], judged[1].Completion.Choices.Single());
        Assert.Equal(
            [new MessageRecord("system", "Be kind."), new MessageRecord("user", "Hi!")], judged[0].Completion.Messages);
        Assert.Equal(("tiny:best", Tenants.Anonymous), (judged[0].Completion.Model, judged[0].Completion.Tenant));
        Assert.Equal(judged[0].Completion.Settings, judged[1].Completion.Settings);
        Assert.Equal([false, null], judged[0].Feedback.Select(feedback => feedback.IsGood));
        Assert.Equal([1, 0], judged[0].Feedback[1].Ranking);
        Assert.Equal("Hello!", judged[0].Feedback[1].Correction);
    }

    [Fact]
    public async Task An_answer_that_continues_a_message_is_remembered_with_it()
    {
        await using (RunningServer server = await StartAsync())
        {
            JsonNode answer = await server.PostAsync(
                "/v1/chat/completions",
                """
                {"model": "tiny", "max_tokens": 4, "continue_final_message": true,
                 "messages": [{"role": "user", "content": "Hi!"}, {"role": "assistant", "content": "Good"}]}
                """);
            await PutAsync(server, $$"""{"completion_id": "{{answer["id"]}}", "rating": "up"}""");
        }

        using FeedbackDatabase database = FeedbackDatabase.OpenExisting(_database);
        CompletionRecord completion = database.ReadJudged(FeedbackSelection.All).Single().Completion;
        Assert.Equal("user", completion.Messages.Single().Role);
        Assert.StartsWith("Good", completion.Choices.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_foreign_key_s_answer_is_answered_as_an_unknown_one()
    {
        await using RunningServer server = await StartAsync("--Server:ApiKeys:0=first-key", "--Server:ApiKeys:1=second-key");
        UseKey(server, "first-key");
        string id = (string)(await server.PostAsync("/v1/chat/completions", Chat + "}"))["id"]!;
        string unknown = "chatcmpl-" + new string('0', id.Length - "chatcmpl-".Length);
        UseKey(server, "second-key");
        string foreign = (await ProblemAsync(server, Thumb(id), HttpStatusCode.NotFound)).ToJsonString();
        string absent = (await ProblemAsync(server, Thumb(unknown), HttpStatusCode.NotFound)).ToJsonString();
        Assert.Equal(absent.Replace(unknown, id, StringComparison.Ordinal), foreign);
        Assert.Contains("completion_not_found", foreign, StringComparison.Ordinal);
        UseKey(server, "first-key");
        await PutAsync(server, Thumb(id));
    }

    [Fact]
    public async Task Every_problem_is_answered_at_once()
    {
        await using RunningServer server = await StartAsync();
        JsonObject error = await ProblemAsync(
            server,
            """{"completion_id": "", "rating": "sideways", "ranking": [1], "correction": "", "comment": "fine", "nothing": 1}""",
            HttpStatusCode.BadRequest);
        Assert.All(
            ["completion_id: must have", "rating: must be up or down", "ranking: has 1 choices", "correction: its length",
                "comment: nothing is trained on comments", "nothing: unknown field"],
            problem => Assert.Contains(problem, (string)error["message"]!, StringComparison.Ordinal));
        error = await ProblemAsync(server, """{"ranking": [0, 0], "index": 1}""", HttpStatusCode.BadRequest);
        Assert.All(
            ["completion_id: is required", "ranking: has choice 0 2 times", "index: says which choice"],
            problem => Assert.Contains(problem, (string)error["message"]!, StringComparison.Ordinal));

        string id = (string)(await server.PostAsync("/v1/chat/completions", Chat + """, "n": 2}"""))["id"]!;
        error = await ProblemAsync(
            server, $$"""{"completion_id": "{{id}}", "rating": "up", "index": 5, "ranking": [0, 3]}""", HttpStatusCode.BadRequest);
        Assert.Equal("index", (string?)error["param"]);
        Assert.Contains("ranking[1]: there is no choice 3", (string)error["message"]!, StringComparison.Ordinal);
        await ProblemAsync(server, Thumb(id), HttpStatusCode.BadRequest);
        await ProblemAsync(
            server, $$"""{"completion_id": "{{id}}", "correction": "{{new string('x', 70_000)}}"}""", HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Without_a_database_nothing_is_stored_and_the_answer_says_so()
    {
        await using RunningServer server = await RunningServer.StartAsync(TinyServer.Configuration(_folder.File("model")));
        string id = (string)(await server.PostAsync("/v1/chat/completions", Chat + "}"))["id"]!;
        JsonObject error = await ProblemAsync(server, Thumb(id), HttpStatusCode.NotFound);
        Assert.Equal("feedback_off", (string?)error["code"]);
        Assert.DoesNotContain("alignment_feedback", await server.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task Text_completions_and_answers_that_nobody_waited_for_cannot_be_judged()
    {
        await using RunningServer server = await StartAsync();
        string id = (string)(await server.PostAsync("/v1/completions", """{"model": "tiny", "prompt": "a", "max_tokens": 2}"""))["id"]!;
        await ProblemAsync(server, Thumb(id), HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_locked_database_costs_503_and_no_answer()
    {
        await using RunningServer server = await StartAsync();
        string id = (string)(await server.PostAsync("/v1/chat/completions", Chat + "}"))["id"]!;
        await PutAsync(server, Thumb(id));
        using (var other = new SqliteConnection($"Data Source={_database};Pooling=false"))
        {
            await other.OpenAsync();
            await using SqliteTransaction holds = other.BeginTransaction();
            using HttpResponseMessage answer = await server.SendAsync("/v1/feedback", Thumb(id));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Contains("feedback_database_locked", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.NotNull(answer.Headers.RetryAfter);
            await server.PostAsync("/v1/chat/completions", Chat + "}");
        }

        await PutAsync(server, Thumb(id));
        Assert.Contains(server.Log.Lines, line => line.Contains("is locked by another process", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_damaged_database_does_not_keep_the_server_from_answering()
    {
        using (FeedbackDatabase database = FeedbackDatabase.Open(_database))
        {
            CompletionRecord completion = new()
            {
                Id = "x",
                Tenant = "a",
                Model = "tiny",
                Settings = "",
                Created = TimeProvider.System.GetUtcNow(),
                Messages = [],
                Choices = [new string('x', 20_000)],
            };
            database.Together(() =>
            {
                database.Add(completion);
                return true;
            });
        }

        await using (FileStream file = File.OpenWrite(_database))
        {
            file.Position = 4096;
            file.Write(Enumerable.Repeat((byte)0xFF, (int)file.Length - 4096).ToArray());
        }

        await using RunningServer server = await StartAsync();
        string id = (string)(await server.PostAsync("/v1/chat/completions", Chat + "}"))["id"]!;
        using HttpResponseMessage answer = await server.SendAsync("/v1/feedback", Thumb(id));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("feedback_database_damaged", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await server.PostAsync("/v1/chat/completions", Chat + "}");
        string metrics = await server.Client.GetStringAsync("/metrics");
        Assert.Contains("alignment_feedback_dropped_total{reason=\"database\"}", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_acknowledged_survives_a_kill()
    {
        List<string> judged = [];
        string[] arguments = [.. TinyServer.Configuration(_folder.File("model")), $"--Server:Feedback:Database={_database}"];
        await using (ServerProcess process = ServerProcess.Start(
            ["--urls", "http://127.0.0.1:0", "--contentRoot", _folder.Path, .. arguments]))
        {
            using var client = new HttpClient { BaseAddress = new Uri(await process.Url) };
            for (int i = 0; i < 5; i++)
            {
                using HttpResponseMessage answer = await client.PostAsync("/v1/chat/completions", Json(Chat + "}"));
                judged.Add((string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["id"]!);
                using HttpResponseMessage stored = await client.PostAsync("/v1/feedback", Json(Thumb(judged[^1])));
                Assert.Equal(HttpStatusCode.OK, stored.StatusCode);
            }
        }

        using FeedbackDatabase database = FeedbackDatabase.Open(_database);
        Assert.Equal(judged, database.ReadJudged(FeedbackSelection.All).Select(each => each.Completion.Id));
    }

    [Fact]
    public async Task Metrics_say_what_was_stored()
    {
        await using RunningServer server = await StartAsync();
        await PutAsync(server, Thumb((string)(await server.PostAsync("/v1/chat/completions", Chat + "}"))["id"]!));
        string metrics = await server.Client.GetStringAsync("/metrics");
        Assert.Contains("\nalignment_feedback_total 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\nalignment_feedback_completions_total 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("alignment_feedback_dropped_total{reason=\"queue_full\"} 0", metrics, StringComparison.Ordinal);
    }

    private static string Thumb(string id) => $$"""{"completion_id": "{{id}}", "rating": "up"}""";

    private static StringContent Json(string body) => new(body, new MediaTypeHeaderValue("application/json"));

    private static void UseKey(RunningServer server, string key)
        => server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);

    private static Task<JsonNode> PutAsync(RunningServer server, string body) => server.PostAsync("/v1/feedback", body);

    private static async Task<JsonObject> ProblemAsync(RunningServer server, string body, HttpStatusCode status)
    {
        using HttpResponseMessage answer = await server.SendAsync("/v1/feedback", body);
        Assert.Equal(status, answer.StatusCode);
        return await ErrorShape.OfAsync(answer);
    }

    private Task<RunningServer> StartAsync(params string[] configuration) => RunningServer.StartAsync(
        [.. TinyServer.Configuration(_folder.File("model")), $"--Server:Feedback:Database={_database}", .. configuration]);
}
