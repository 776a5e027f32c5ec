using System.Text;
using System.Text.Json;
using Alignment.Models.Files;
using Alignment.Models.Json;

namespace Alignment.Models.Tests.Json;

/// <summary>The words for what is no JSON are ours, with the place, whatever reads it.</summary>
public sealed class WrongSyntaxTests
{
    [Theory]
    [InlineData("", "it ends too early (line 1, byte 1)")]
    [InlineData("{", "it ends too early (line 1, byte 2)")]
    [InlineData("{\n \"a\": NaN}", "'N' is not expected (line 2, byte 7)")]
    [InlineData("{\"a\": 1,}", "'}' is not expected (line 1, byte 9)")]
    [InlineData("{} {}", "'{' is not expected (line 1, byte 4)")]
    [InlineData("{\"a\": \"\u0001\"}", "the byte 0x01 is not expected (line 1, byte 8)")]
    [InlineData("{'a': 1}", "''' is not expected (line 1, byte 2)")]
    [InlineData("// no", "'/' is not expected (line 1, byte 1)")]
    public void A_text_is_told_where_it_ceases_to_be_JSON(string json, string words)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(json);
        JsonException fault = Assert.ThrowsAny<JsonException>(() => JsonElement.Parse(utf8));
        Assert.Equal(words, WrongSyntax.Of(utf8, fault).ToString());
        InvalidDataException refused = Assert.Throws<InvalidDataException>(() => JsonFile.ParseObject("a.json", utf8));
        Assert.Equal($"a.json: JSON: {words}", refused.Message);
    }

    [Fact]
    public void What_is_too_deep_is_said_to_be()
    {
        byte[] utf8 = Encoding.UTF8.GetBytes($"{{\"a\": {new string('[', 40)}{new string(']', 40)}}}");
        InvalidDataException refused = Assert.Throws<InvalidDataException>(() => JsonFile.ParseObject("a.json", utf8));
        Assert.StartsWith(
            "a.json: JSON: lists and objects stand too deep in each other (line 1, ", refused.Message, StringComparison.Ordinal);
    }
}
