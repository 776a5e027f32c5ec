using System.Text;
using Alignment.Server.Requests.Bodies;

namespace Alignment.Server.Tests.Bodies;

/// <summary>Half a character's escape becomes U+FFFD in place, and no other byte changes.</summary>
public sealed class LoneSurrogateEscapeTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("\\", "\\")]
    [InlineData("\\u", "\\u")]
    [InlineData("\\ud83", "\\ud83")]
    [InlineData("\\ud83d", "\\ufffd")]
    [InlineData("\\uDE00", "\\ufffd")]
    [InlineData("\\ud83d\\ude00", "\\ud83d\\ude00")]
    [InlineData("\\uD83D\\uDE00\\ude00", "\\uD83D\\uDE00\\ufffd")]
    [InlineData("\\ud83d\\ud83d\\ude00", "\\ufffd\\ud83d\\ude00")]
    [InlineData("\\\\ud83d", "\\\\ud83d")]
    [InlineData("\\\\\\ud83d", "\\\\\\ufffd")]
    [InlineData("\\n\\u0041\\ud83dx", "\\n\\u0041\\ufffdx")]
    [InlineData("\\ud83d\\n", "\\ufffd\\n")]
    [InlineData("\\ud83dude00", "\\ufffdude00")]
    [InlineData("\\ud83d\\ud83", "\\ufffd\\ud83")]
    [InlineData("\\u+d83\\U0041", "\\u+d83\\U0041")]
    [InlineData("\\uzzzz\\ud83d", "\\uzzzz\\ufffd")]
    public void Escapes_are_replaced_where_they_stand(string json, string expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        LoneSurrogates.Replace(bytes);
        Assert.Equal(expected, Encoding.UTF8.GetString(bytes));
    }
}
