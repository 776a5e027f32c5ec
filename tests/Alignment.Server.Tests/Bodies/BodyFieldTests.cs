using System.Text;
using System.Text.Json.Nodes;
using Alignment.Server.Requests.Bodies;

namespace Alignment.Server.Tests.Bodies;

/// <summary>A field is taken out and the rest stays JSON.</summary>
public sealed class BodyFieldTests
{
    [Theory]
    [InlineData("""{"a": 1}""", "a", "{}")]
    [InlineData("""{"a":1,"b":2}""", "a", """{"b":2}""")]
    [InlineData("""{"a":1,"b":2}""", "b", """{"a":1}""")]
    [InlineData("""{ "a" : [1, {"b": 2}] , "b" : 2 , "c": 3 }""", "b", """{"a":[1,{"b":2}],"c":3}""")]
    [InlineData("""{ "a" : 1 , "b" : 2 }""", "a", """{"b":2}""")]
    [InlineData("""{ "\u0061" : {"b": [2]} , "b" : "a" }""", "a", """{"b":"a"}""")]
    [InlineData(""" {"b": {"a": 1}, "c": "}", "a": [{}, "]"]}""", "a", """{"b":{"a":1},"c":"}"}""")]
    public void A_field_is_taken_out_and_the_rest_stays_JSON(string json, string field, string expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        Assert.True(BodyField.TryBlank(bytes, field));
        Assert.Equal(expected, JsonNode.Parse(bytes)!.ToJsonString());
        byte[] rest = [.. bytes];
        Assert.False(BodyField.TryBlank(bytes, field));
        Assert.Equal(rest, bytes);
    }
}
