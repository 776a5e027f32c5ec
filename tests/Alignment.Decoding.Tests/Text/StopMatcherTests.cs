using Alignment.Compute.Random;
using Alignment.Decoding.Text;

namespace Alignment.Decoding.Tests.Text;

/// <summary>However text is cut into pieces, what comes out is what stands before the first stop string.</summary>
public sealed class StopMatcherTests
{
    [Fact]
    public void Random_cuts_of_random_texts_stop_at_the_first_stop_string()
    {
        for (ulong trial = 0; trial < 5_000; trial++)
        {
            string text = Letters(trial, 0, 20);
            string[] stops = [Letters(trial, 1, 3), Letters(trial, 2, 2)];
            int end = stops.Select(stop => text.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(text.Length).Min();
            Assert.Equal(text[..end], Run(text, stops, trial));
        }
    }

    [Fact]
    public void What_may_begin_a_stop_string_is_held_back_until_it_cannot()
    {
        var matcher = new StopMatcher(["</s>"]);
        Assert.Equal("a", matcher.Push("a<"));
        Assert.Equal("", matcher.Push("/s"));
        Assert.Equal("</sx", matcher.Push("x"));
        Assert.Equal("", matcher.Push("</"));
        Assert.Equal("</", matcher.Flush());
    }

    private static string Run(string text, string[] stops, ulong trial)
    {
        var matcher = new StopMatcher(stops);
        string result = "";
        int from = 0;
        for (ulong cut = 0; from < text.Length && !matcher.IsStopped; cut++)
        {
            int length = Math.Min(text.Length - from, 1 + (int)(Philox.Uniform(trial, cut, 9) * 4));
            result += matcher.Push(text.Substring(from, length));
            from += length;
        }

        return matcher.IsStopped ? result : result + matcher.Flush();
    }

    private static string Letters(ulong trial, ulong stream, int length) =>
        string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + (int)(Philox.Uniform(trial, (ulong)i, stream) * 3))));
}
