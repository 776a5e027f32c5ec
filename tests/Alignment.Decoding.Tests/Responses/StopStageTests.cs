using System.Text;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Contract.Random;
using Alignment.Decoding.Drafts;
using Alignment.Decoding.Responses;

namespace Alignment.Decoding.Tests.Responses;

/// <summary>However text is cut into pieces, what comes out is what stands before the first stop string.</summary>
public sealed class StopStageTests
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
        var text = new StagedText(new StopStage(["</s>"], includesStop: false, minTokens: 0));
        Assert.Equal("a", text.Push("a<"));
        Assert.Equal("", text.Push("/s"));
        Assert.Equal("</sx", text.Push("x"));
        Assert.Equal("", text.Push("</"));
        Assert.Equal("</", text.Push("", isLast: true));
        Assert.Equal("", text.Push("", isLast: true));
    }

    /// <summary>The first letters, one by one, may not stop it.</summary>
    private static string Run(string text, string[] stops, ulong trial, bool includesStop = false, int deaf = 0)
    {
        var staged = new StagedText(new StopStage(stops, includesStop, deaf));
        string result = "";
        int from = 0;
        for (ulong cut = 0; from < text.Length && !staged.IsStopped; cut++)
        {
            int length = from < deaf ? 1 : Math.Min(text.Length - from, 1 + (int)(Philox.Uniform(trial, cut, 9) * 4));
            result += staged.Push(text.Substring(from, length), from + length == text.Length);
            from += length;
        }

        return result;
    }

    private static string Letters(ulong trial, ulong stream, int length) =>
        string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + (int)(Philox.Uniform(trial, (ulong)i, stream) * 3))));

    /// <summary>Text in pieces, a token each, in front of a stage.</summary>
    private sealed class StagedText(IResponseStage stage)
    {
        private readonly HeldText _held = new();
        private DraftToken? _last;

        public bool IsStopped { get; private set; }

        public string Push(string piece, bool isLast = false)
        {
            _last = new DraftToken(_last, new TokenChoice(0, 0), keepsNumbers: false);
            _held.Add(_last, piece, isHidden: false);
            StageAnswer answer = stage.Look(_held, isLast);
            IsStopped = answer.Finish is not null;
            var text = new StringBuilder();
            _held.Release(_held.Text.Length - answer.Held, isLast || IsStopped, text, null);
            return text.ToString();
        }
    }
}
