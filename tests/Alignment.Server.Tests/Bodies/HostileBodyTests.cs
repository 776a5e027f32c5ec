using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Alignment.Decoding.Problems;
using Alignment.Tests;

namespace Alignment.Server.Tests.Bodies;

/// <summary>
/// However many things are wrong with a body, the answer names a bounded number of them, and little work was done for the rest.
/// </summary>
public sealed class HostileBodyTests(TinyServer tiny) : IClassFixture<TinyServer>
{
    private const string Chat = "/v1/chat/completions";
    private const string Start = """{"model": "tiny", "messages": [{"role": "user", "content": "x"}]""";
    private const int Size = 1_300_000;
    private readonly RunningServer _server = tiny.Server;

    /// <summary>
    /// Path, a body with a star in place of many items, an item (with # in place of its number), what the answer must say.
    /// </summary>
    public static TheoryData<string, string, string, string> Lists => new()
    {
        { Chat, Start + """, "alignment": {"guidance": [*]}}""", """{"sauce": 1}""", "alignment.guidance: has more than" },
        { Chat, Start + """, "alignment": {"search": {"method": "best_of_n", "reward": [*]}}}""", "{}", "search.reward: has more than" },
        { Chat, Start + """, "alignment": {*}}""", "\"a#\": 1", "alignment: has more than" },
        { Chat, Start + """, *}""", "\"a#\": 1", "body: has more than" },
        { Chat, Start + """, *}""", "\"n\": 1", "body: has more than" },
        { Chat, """{"model": "tiny", "messages": [*]}""", "{}", "messages: has more than" },
        { Chat, """{"model": "tiny", "messages": [*]}""", "0", "messages" },
        { Chat, """{"model": "tiny", "messages": [{"role": "user", *}]}""", "\"a#\": 1", "messages[0]: has more than" },
        { Chat, """{"messages": [{"role": "user", "content": [*]}]}""", """{"type": "text"}""", "messages[0].content: has more than" },
        { Chat, Start + """, "logit_bias": {*}}""", "\"#\": 1000", "logit_bias: has more than" },
        { Chat, Start + """, "stop": [*]}""", "\"\"", "stop: has more than" },
        { "/v1/completions", """{"model": "tiny", "prompt": [*]}""", "\"\"", "prompt: has more than" },
        { "/v1/completions", """{"model": "tiny", "prompt": [*]}""", "[1]", "prompt: has more than" },
        { "/v1/completions", """{"model": "tiny", "prompt": [*]}""", "1", "prompt" },
        { "/tokenize", """{"model": "tiny", "messages": [*]}""", "{}", "messages: has more than" },
        { "/detokenize", """{"model": "tiny", "tokens": [*]}""", "1", "tokens: has" },
    };

    /// <summary>The same with as many items as are looked at one by one: each is wrong.</summary>
    public static TheoryData<string, string, int> Wrong => new()
    {
        { Start + """, "alignment": {"guidance": [*]}}""", """{"sauce": 1}""", 8 },
        { Start + """, "alignment": {"search": {"method": "best_of_n", "reward": [*]}}}""", """{"nome": 1}""", 16 },
        { Start + """, "alignment": {*}}""", "\"a#\": 1", 60 },
        { Start + """, *}""", "\"a#\": 1", 500 },
        { """{"model": "tiny", "messages": [*]}""", "{}", 2000 },
        { Start + """, "logit_bias": {*}}""", "\"9#\": 1000", 300 },
        { Start + """, *}""", "\"\\ud83d\\u0001\\u2028\ue000#\": 1", 500 },
        { """{"model": "tiny", "messages": [{"role": "user", "content": "x", *}]}""", "\"\U0001F600#\": 1", 500 },
    };

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task A_hundred_thousand_wrong_items_are_one_problem(string path, string body, string item, string problem)
    {
        using HttpResponseMessage response = await _server.SendAsync(path, Fill(body, Repeated(item, Size / (item.Length + 1))));
        Assert.Contains(problem, (string?)(await ErrorShape.OfAsync(response))["message"], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Of_many_problems_the_first_are_named_and_the_others_counted(string body, string item, int count)
    {
        using HttpResponseMessage response = await _server.SendAsync(Chat, Fill(body, Repeated(item, count)));
        string message = (string)(await ErrorShape.OfAsync(response))["message"]!;
        Assert.InRange(message.Split(": ").Length - 1, 1, 2 * ProblemCollection.MaxKept);
        Assert.Matches(count > ProblemCollection.MaxKept ? "; and [0-9]+ more$" : ".", message);
    }

    [Theory]
    [InlineData("""{"model": "*"}""")]
    [InlineData("""{"model": "tiny", "messages": [{"role": "*", "content": "x"}]}""")]
    [InlineData(Start + """, "*": 1}""")]
    [InlineData(Start + """, "logit_bias": {"*": 1}}""")]
    [InlineData(Start + """, "logit_bias": {"1": "*"}}""")]
    [InlineData(Start + """, "alignment": {"*": 1}}""")]
    [InlineData(Start + """, "alignment": {"guidance": [{"source": "*"}]}}""")]
    [InlineData(Start + """, "alignment": {"guidance": [{"source": "prompt", "text": "*"}]}}""")]
    [InlineData(Start + """, "alignment": {"search": {"method": "*"}}}""")]
    [InlineData(Start + """, "*": 1, "*": 2}""")]
    [InlineData(Start + """, "stop": "*"}""")]
    [InlineData(Start + """, "temperature": *""")]
    public async Task What_a_message_quotes_is_short(string body)
    {
        foreach (string text in (string[])["x", "\\u0007", "\\ud83d", "é", "\U0001F600", "\ue000", "<|system|>"])
        {
            using HttpResponseMessage response = await _server.SendAsync(Chat, Fill(body, string.Concat(Enumerable.Repeat(text, 100_000))));
            await ErrorShape.OfAsync(response);
        }
    }

    [Theory]
    [InlineData("""{"model": "tiny", "messages": [{"role": "user", "content": 5}]}""")]
    [InlineData("""{"model": "tiny", "messages": [{"role": ["user"], "content": "x"}]}""")]
    [InlineData("""{"model": "tiny", "messages": [7]}""")]
    [InlineData("""{"model": "tiny", "messages": {"role": "user"}}""")]
    [InlineData("""{"model": ["tiny"], "messages": []}""")]
    [InlineData("""{"model": "tiny", "messages": [], "logit_bias": {"x": 1}, "seed": 1.5, "n": "2", "stream": 1, "stream_options": []}""")]
    [InlineData("""{"model": "tiny", "messages": [], "seed": 99999999999999999999, "n": 1e3, "temperature": "hot", "stop": {}}""")]
    [InlineData("""{"model": "tiny", "messages": [], "alignment": []}""")]
    public async Task No_message_speaks_of_our_types(string body)
    {
        using HttpResponseMessage response = await _server.SendAsync(Chat, body);
        string message = (string)(await ErrorShape.OfAsync(response))["message"]!;
        Assert.DoesNotContain("System.", message, StringComparison.Ordinal);
        Assert.DoesNotContain("Alignment.", message, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_field_of_a_wrong_type_is_named_at_once()
    {
        using HttpResponseMessage response = await _server.SendAsync(
            Chat, Start + """ , "n" : "2" , "seed": {}, "temperature": [ ], "stream": "yes" }""");
        string message = (string)(await ErrorShape.OfAsync(response))["message"]!;
        Assert.All(
            ["n: must be an integer", "seed: must be an integer", "temperature: must be a number", "stream: must be true or false"],
            problem => Assert.Contains(problem, message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_long_list_of_what_exists_is_cut()
    {
        IEnumerable<string> names = Enumerable.Range(0, 300).Select(i => $"profile-{i:D3}-{new string('x', 48)}");
        string[] profiles = [.. names.Select(name => $"--Alignment:Profiles:{name}:Alignment:report=true")];
        using TemporaryFolder folder = new();
        await using RunningServer many = await RunningServer.StartAsync([.. TinyServer.Configuration(folder.Path), .. profiles]);
        using HttpResponseMessage response = await many.SendAsync(Chat, """{"model": "nobody"}""");
        JsonObject error = await ErrorShape.OfAsync(response);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.StartsWith("The model 'nobody' does not exist", (string?)error["message"], StringComparison.Ordinal);
    }

    private static string Fill(string body, string items) => body.Replace("*", items, StringComparison.Ordinal);

    private static string Repeated(string item, int count)
    {
        var text = new StringBuilder();
        for (int i = 0; i < count; i++)
        {
            text.Append(i > 0 ? "," : "").Append(item.Replace("#", $"{i}", StringComparison.Ordinal));
        }

        return text.ToString();
    }
}
