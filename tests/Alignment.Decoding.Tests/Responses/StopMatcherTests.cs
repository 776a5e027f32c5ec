using Alignment.Compute.Contract.Random;
using Alignment.Decoding.Responses;

namespace Alignment.Decoding.Tests.Responses;

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
            int end =
                stops.Select(stop => text.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(text.Length).Min();
            Assert.Equal(text[..end], Run(text, stops, trial));
        }
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void What_ends_before_it_may_is_passed_over_and_what_ended_the_text_may_be_part_of_it(bool includesStop)
    {
        for (ulong trial = 0; trial < 5_000; trial++)
        {
            string text = Letters(trial, 0, 20);
            string[] stops = [Letters(trial, 1, 3), Letters(trial, 2, 2)];
            int deaf = (int)(trial % 12);
            int end = (from stop in stops
                       from at in Enumerable.Range(0, text.Length - stop.Length + 1)
                       where string.CompareOrdinal(text, at, stop, 0, stop.Length) == 0 && at + stop.Length > deaf
                       orderby at, stop.Length
                       select at + (includesStop ? stop.Length : 0)).FirstOrDefault(text.Length);
            Assert.Equal(text[..end], Run(text, stops, trial, includesStop, deaf));
        }
    }

    [Fact]
    public void What_may_begin_a_stop_string_is_held_back_until_it_cannot()
    {
        var matcher = new StopMatcher(["</s>"], includesStop: false);
        Assert.Equal("a", matcher.Push("a<", mayStop: true));
        Assert.Equal("", matcher.Push("/s", mayStop: true));
        Assert.Equal("</sx", matcher.Push("x", mayStop: true));
        Assert.Equal("", matcher.Push("</", mayStop: true));
        Assert.Equal("</", matcher.Flush());
        Assert.Equal("", matcher.Flush());
    }

    /// <summary>The first letters, one by one, may not stop it.</summary>
    private static string Run(string text, string[] stops, ulong trial, bool includesStop = false, int deaf = 0)
    {
        var matcher = new StopMatcher(stops, includesStop);
        string result = "";
        int from = 0;
        for (ulong cut = 0; from < text.Length && !matcher.IsStopped; cut++)
        {
            int length = from < deaf ? 1 : Math.Min(text.Length - from, 1 + (int)(Philox.Uniform(trial, cut, 9) * 4));
            result += matcher.Push(text.Substring(from, length), mayStop: from >= deaf);
            from += length;
        }

        return matcher.IsStopped ? result : result + matcher.Flush();
    }

    private static string Letters(ulong trial, ulong stream, int length) =>
        string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + (int)(Philox.Uniform(trial, (ulong)i, stream) * 3))));
}
