using Alignment.Decoding.Reading;

namespace Alignment.Decoding.Tests.Reading;

public sealed class SpellingTests
{
    private static readonly string[] s_known = ["Server", "Alignment", "temperature", "n", "top_p"];

    [Theory]
    [InlineData("Sever", "Server")]
    [InlineData("servers", "Server")]
    [InlineData("alignement", "Alignment")]
    [InlineData("Algnmnt", null)]
    [InlineData("temprature", "temperature")]
    [InlineData("tempreature", "temperature")]
    [InlineData("Temper-Ature", "temperature")]
    [InlineData("topp", "top_p")]
    [InlineData("SERVER", "Server")]
    [InlineData("service", null)]
    [InlineData("user", null)]
    [InlineData("", null)]
    [InlineData("m", null)]
    [InlineData("metadata", null)]
    public void The_nearest_name_within_one_edit_is_meant(string written, string? meant)
        => Assert.Equal(meant, Spelling.Nearest(written, s_known));

    [Fact]
    public void A_hint_is_part_of_a_sentence()
    {
        Assert.Equal("; did you mean 'Server'?", Spelling.Hint("Sevrer", s_known));
        Assert.Equal("", Spelling.Hint("nothing like it", s_known));
    }

    [Fact]
    public void A_huge_name_costs_nothing() => Assert.Null(Spelling.Nearest(new string('x', 100_000_000), s_known));
}
