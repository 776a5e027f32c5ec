using Alignment.Decoding.Text;
using Alignment.Models.ChatTemplates;

namespace Alignment.Decoding.Tests.Text;

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
    public void Nothing_stands_behind_the_last_content(string template, string content, string expected)
    {
        RenderedPrompt rendered = Render(template, content);
        RenderedPrompt open = OpenEnding.Cut(rendered, content)!;
        Assert.Equal(expected, open.Text);
        Assert.All(open.ClientText, stretch => Assert.InRange(stretch.End.GetOffset(expected.Length), 1, expected.Length));
        Assert.Equal(expected.Length, open.ClientText[^1].End.GetOffset(expected.Length));
        Assert.Equal(rendered.ClientText.Take(open.ClientText.Count - 1), open.ClientText.Take(open.ClientText.Count - 1));
    }

    [Theory]
    [InlineData(Keeping, "")]
    [InlineData(Keeping, " \n")]
    [InlineData("{% for m in messages %}<{{ m['role'] }}>{{ m['content'] | upper }}<end>{% endfor %}", "once")]
    [InlineData("{{ messages[0]['content'] }}once<end>", "once")]
    public void What_the_template_does_not_write_cannot_be_continued(string template, string content)
        => Assert.Null(OpenEnding.Cut(Render(template, content), content));

    private static RenderedPrompt Render(string template, string content)
        => ChatTemplate.Parse(template).Render([new ChatMessage("user", "x"), new ChatMessage("assistant", content)], addGenerationPrompt: false);
}
