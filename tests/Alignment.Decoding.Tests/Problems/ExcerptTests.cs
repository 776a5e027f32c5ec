using Alignment.Decoding.Problems;

namespace Alignment.Decoding.Tests.Problems;

public class ExcerptTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("abcde", "abcde")]
    [InlineData("abcdef", "abcde...")]
    [InlineData("abcd\U0001F600", "abcd...")]
    [InlineData("abc\U0001F600", "abc\U0001F600")]
    [InlineData("a\u001b[b", "a\ufffd[b")]
    [InlineData("a\nb", "a\ufffdb")]
    [InlineData("a\u0085b", "a\ufffdb")]
    public void AnExcerptIsBoundedWholeAndHarmless(string text, string expected) => Assert.Equal(expected, Excerpt.Of(text, 5));

    [Fact]
    public void NothingOfATextIsDots() => Assert.Equal("...", Excerpt.Of("\U0001F600", 0));

    [Fact]
    public void HalfACharacterIsReplaced() => Assert.Equal("a\ufffdb\ufffd", Excerpt.Of("a\ud83db\ude00", 5));

    [Fact]
    public void AListHasAnEnd()
    {
        Assert.Equal("nothing", Excerpt.List([]));
        Assert.Equal("a, b", Excerpt.List(["a", "b"]));
        Assert.EndsWith(", 19", Excerpt.List([.. Enumerable.Range(0, 20).Select(i => $"{i}")]), StringComparison.Ordinal);
        string many = Excerpt.List([.. Enumerable.Range(0, 1000).Select(i => $"{i}{new string('x', 1000)}")]);
        Assert.EndsWith("and 980 more", many, StringComparison.Ordinal);
        Assert.True(many.Length < 2000);
    }
}
