using System.Text;
using System.Text.Json;
using Alignment.Decoding.Problems;
using Alignment.Server.Contracts;
using Alignment.Server.Requests.Fields;

namespace Alignment.Server.Tests.Requests;

/// <summary>Which fields of a body are looked at, and which values ask for nothing; the rows themselves are tried over HTTP.</summary>
public sealed class FieldCheckTests
{
    [Theory]
    [InlineData("""{"messages": [[{"bogus": 1}], 7, {"bogus": 2}], "bogus": 3}""", new[] { "messages[2].bogus", "bogus" })]
    [InlineData("""{"messages": {"bogus": 1}, "stream_options": [{"bogus": 1}]}""", new[] { "messages.bogus", "stream_options[0].bogus" })]
    [InlineData("""{"messages": "x", "bogus": {"a": [1]}, "other": 1}""", new[] { "bogus", "other" })]
    [InlineData("""{"messages": [{}, {"content": [{}, [], {"bogus": 1}]}]}""", new[] { "messages[1].content[2].bogus" })]
    [InlineData("""{"alignment": {"bogus": 1}, "logit_bias": {"bogus": 1}}""", new[] { "logit_bias.bogus" })]
    public void Fields_are_looked_for_where_a_contract_has_objects(string json, string[] unknown)
        => Assert.Equal(unknown, Problems(json).Select(problem => problem.Path));

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void A_value_that_is_much_longer_than_a_neutral_one_is_not_compared(int length, bool accepted)
    {
        const string Neutral = """{"type":"text"}""";
        string value = Neutral[..1] + new string(' ', length - Neutral.Length) + Neutral[1..];
        Assert.Equal(accepted, Problems($$"""{"response_format": {{value}}}""").Count == 0);
        using JsonDocument read = JsonDocument.Parse(value);
        Assert.Equal("text", read.RootElement.GetProperty("type").GetString());
    }

    private static ProblemCollection Problems(string json)
    {
        ProblemCollection problems = [];
        FieldCheck.Check(Encoding.UTF8.GetBytes(json), ServerJson.Wire.ChatCompletionRequest, problems);
        return problems;
    }
}
