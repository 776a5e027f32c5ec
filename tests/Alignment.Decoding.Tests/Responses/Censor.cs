using Alignment.Decoding.Responses;

namespace Alignment.Decoding.Tests.Responses;

/// <summary>
/// A guard over letters, whose sentences end with 'e': it lets a sentence go when it has ended, writes [] for one with an 'a', has the
/// first one with a 'b' drawn anew, and ends the response in front of the next one with a 'b'.
/// </summary>
internal sealed class Censor : IResponseStage
{
    public const char EndOfSentence = 'e';
    public const string Replacement = "[]";

    private bool _hasRedrawn;

    public StageAnswer Look(HeldText held, bool isLast)
    {
        int end = held.Text.IndexOf(EndOfSentence) is var at && at < 0 ? 0 : at + 1;
        int length = end == 0 && isLast ? held.Text.Length : end;
        ReadOnlySpan<char> sentence = held.Text[..length];
        if (sentence.Contains('b'))
        {
            return _hasRedrawn ? StageAnswer.End(FinishReason.ContentFilter, held.Text.Length) : Redraw(held);
        }

        int rest = held.Text.Length - length;
        if (sentence.Contains('a'))
        {
            held.Replace(0, length, Replacement);
        }

        return StageAnswer.Hold(isLast ? 0 : rest);
    }

    private StageAnswer Redraw(HeldText held)
    {
        _hasRedrawn = true;
        return StageAnswer.Redraw(held.Tokens[0].Token.Count - 1);
    }
}
