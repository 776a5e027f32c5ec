using Alignment.Decoding.Preparation;
using Alignment.Templates;

namespace Alignment.Decoding.Tests.Preparation;

/// <summary>Conversations that end within their last turn; the oracle is what transformers' rule comes to, written out by hand.</summary>
public sealed class OpenEndingTests
{
    private const string Keeping = "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}<end>\n{% endfor %}";
    private const string Trimming = "{% for m in messages %}[{{ m['role'] }}] {{ m['content'] | trim }} [end]\n{% endfor %}";
    private const string LastFirst = "{{ messages[-1]['content'] }}<end>{% for m in messages %}{{ m['content'] }}<end>{% endfor %}";

    [Theory]
    [InlineData(Keeping, "once upon", "<user>x<end>\n<assistant>once upon")]
    [InlineData(Keeping, " once upon \n", "<user>x<end>\n<assistant> once upon \n")]
    [InlineData(Keeping, "end", "<user>x<end>\n<assistant>end")]
    [InlineData(Keeping, "a end a", "<user>x<end>\n<assistant>a end a")]
    [InlineData(Keeping, "x", "<user>x<end>\n<assistant>x")]
    [InlineData(Keeping, "<end>\n", "<user>x<end>\n<assistant><end>\n")]
    [InlineData(Trimming, " once upon ", "[user] x [end]\n[assistant] once upon")]
    [InlineData(LastFirst, "once", "once<end>x<end>once")]
    [InlineData("{{ messages[-1]['content'] }}<end>", "once", "once")]
    [InlineData("{% for m in messages %}{{ m['content'] }}{% endfor %}<end>", "once", "xonce")]
    [InlineData(Keeping, "once\uE000", "<user>x<end>\n<assistant>once\uE000")]
    public void Nothing_stands_behind_the_last_content(string template, string content, string expected)
    {
        RenderedPrompt rendered = Render(template, content);
        RenderedPrompt open = Cut(template, content)!;
        Assert.Equal(expected, open.Text);
        Assert.All(open.ClientText, stretch => Assert.InRange(stretch.End.GetOffset(expected.Length), 1, expected.Length));
        Assert.Equal(expected.Length, open.ClientText[^1].End.GetOffset(expected.Length));
        Assert.Equal(rendered.ClientText, open.ClientText);
    }

    [Theory]
    [InlineData(Keeping, "")]
    [InlineData(Keeping, " \n")]
    [InlineData("{% for m in messages %}<{{ m['role'] }}>{{ m['content'] | upper }}<end>{% endfor %}", "once")]
    [InlineData("{{ messages[0]['content'] }}once<end>", "once")]
    [InlineData("{% for m in messages %}{{ m['content'].split('</think>')[-1] }}<end>{% endfor %}", "a</think>b")]
    [InlineData("{% for m in messages %}{{ m['content'] | replace('\n', '<br>') }}<end>{% endfor %}", "a\nb")]
    [InlineData("{{ messages[-1]['content'] }}<end>{{ messages[0]['content'] }}<end>", "once")]
    public void What_the_template_does_not_write_last_and_as_it_is_cannot_be_continued(string template, string content)
        => Assert.Null(Cut(template, content));

    /// <summary>The last turn is not written, and an earlier one says the same, or ends so, or has it inside.</summary>
    [Theory]
    [InlineData("Never say yes!", "yes")]
    [InlineData("Never say yes", "yes")]
    [InlineData("yes", "yes")]
    [InlineData("\uE000\uE000\uE000", "\uE000\uE000")]
    [InlineData("\uE001\uE001\uE001", "\uE001\uE001")]
    public void An_earlier_turn_is_not_taken_for_the_last(string earlier, string content)
        => Assert.Null(Cut("{{ messages[0]['content'] }}<end>", content, earlier));

    /// <summary>A search for the content in all that clients wrote took the product of the two lengths: 12 seconds.</summary>
    [Fact]
    public void Looking_for_the_content_takes_no_search()
    {
        const string Template = "{% for m in messages %}{{ m['content'].split('</think>')[-1] }}<end>{% endfor %}";
        string earlier = new string('a', 500_000) + new string('b', 500_000);
        string content = new string('a', 240_000) + "</think>" + new string('b', 240_000);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.Null(Cut(Template, content, earlier));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(4));
    }

    private static RenderedPrompt? Cut(string template, string content, string earlier = "x")
        => OpenEnding.Cut(content, last => Render(template, last, earlier));

    private static RenderedPrompt Render(string template, string content, string earlier = "x")
        => ChatTemplate.Parse(template).Render([new("user", earlier), new("assistant", content)], addGenerationPrompt: false);
}
