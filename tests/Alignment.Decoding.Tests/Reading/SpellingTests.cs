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
    [InlineData("N", null)] // too short to be meant
    [InlineData("Serverr", "Server")]
    [InlineData("tepqerature", null)] // no exchange of neighbours: mp, pq
    [InlineData("tepmxerature", null)] // mp, pmx
    public void The_nearest_name_within_one_edit_is_meant(string written, string? meant)
        => Assert.Equal(meant, Spelling.Nearest(written, s_known));

    [Fact]
    public void Names_of_the_least_and_the_greatest_length_are_compared()
    {
        Assert.Equal("url", Spelling.Nearest("URL", ["url"]));
        Assert.Equal("stop", Spelling.Nearest("stpo", ["stop"]));
        string longest = new('x', 64);
        Assert.Equal(longest, Spelling.Nearest(longest[1..] + "y", [longest]));
        Assert.Null(Spelling.Nearest(longest + "y", [longest]));
    }

    [Fact]
    public void Another_spelling_of_a_name_is_nearer_than_another_name()
        => Assert.Equal("server", Spelling.Nearest("Ser_ver", ["servers", "server"]));

    [Fact]
    public void A_hint_is_part_of_a_sentence()
    {
        Assert.Equal("; did you mean 'Server'?", Spelling.Hint("Sevrer", s_known));
        Assert.Equal("", Spelling.Hint("nothing like it", s_known));
    }

    [Fact]
    public void A_huge_name_costs_nothing() => Assert.Null(Spelling.Nearest(new string('x', 100_000_000), s_known));
}
