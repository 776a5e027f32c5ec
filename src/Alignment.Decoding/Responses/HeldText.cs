using System.Runtime.InteropServices;
using System.Text;
using Alignment.Decoding.Drafts;

namespace Alignment.Decoding.Responses;

/// <summary>
/// The text of a response that is committed and has not left, with the tokens that it belongs to. Stages look at it and change it.
/// </summary>
internal sealed class HeldText
{
    private readonly List<char> _text = [];
    private readonly List<HeldToken> _tokens = [];

    // Which of the response's tokens were shown, by their place in it, ascending.
    private readonly List<int> _shown = [];

    /// <summary>So many of the response's first tokens cannot be drawn anew: some text of theirs has left.</summary>
    private int _released;

    public ReadOnlySpan<char> Text => CollectionsMarshal.AsSpan(_text);

    /// <summary>Those whose text is not wholly gone, and those of no text behind what has left.</summary>
    public ReadOnlySpan<HeldToken> Tokens => CollectionsMarshal.AsSpan(_tokens);

    /// <summary>Characters at the end of the text that the last token brought.</summary>
    public int New { get; private set; }

    /// <summary>Where begins what a stage holds back, wherever later ones have moved it.</summary>
    public int KeptFrom { get; private set; }

    /// <summary>Tokens of the response so far, those that have left included.</summary>
    public int Count { get; private set; }

    /// <summary>Puts another text in the place of some; the tokens of that are not shown.</summary>
    public void Replace(int start, int length, string by)
    {
        int end = start + length;
        int growth = by.Length - length;
        foreach (ref HeldToken token in CollectionsMarshal.AsSpan(_tokens))
        {
            bool isPart = token.Start < end && (token.End > start || token.Start >= start);
            int first = token.Start >= end ? token.Start + growth : Math.Min(token.Start, isPart ? start : token.Start);
            int last = token.End >= end ? token.End + growth : isPart ? start + by.Length : token.End;
            token = token with { Start = first, End = last, IsHidden = token.IsHidden || isPart };
        }

        int kept = Moved(KeptFrom);
        int fresh = Moved(_text.Count - New);
        _text.RemoveRange(start, length);
        _text.InsertRange(start, by);
        (KeptFrom, New) = (kept, _text.Count - fresh);

        int Moved(int place) => place >= end ? place + growth : Math.Min(place, start);
    }

    /// <summary>Nothing is held back, until a stage says so.</summary>
    public void StartKeeping() => KeptFrom = _text.Count;

    /// <summary>Holds back so many characters at the end, beside what is held back already.</summary>
    public void Keep(int characters) => KeptFrom = Math.Min(KeptFrom, _text.Count - characters);

    /// <summary>Takes the next token, and the text that it completes.</summary>
    /// <param name="token">The token.</param>
    /// <param name="text">The text; none of one that is not shown.</param>
    /// <param name="isHidden">Whether it ends the response and is no part of it.</param>
    public void Add(DraftToken token, string text, bool isHidden)
    {
        (Count, New) = (token.Count, 0);
        _tokens.Add(new HeldToken(token, _text.Count, _text.Count + text.Length, isHidden));
        AddEnd(text);
    }

    /// <summary>Takes what is left of an incomplete character.</summary>
    public void AddEnd(string text)
    {
        _text.AddRange(text.AsSpan());
        New += text.Length;
    }

    /// <summary>Drops characters at the end, and the tokens that begin there.</summary>
    /// <returns>How many of the response's tokens have all of their text in front of the cut; null: it is behind all of them.</returns>
    public int? Cut(int dropped)
    {
        if (dropped == 0)
        {
            return null;
        }

        int length = _text.Count - dropped;
        _text.RemoveRange(length, dropped);
        KeptFrom = Math.Min(KeptFrom, length);
        int cut = _tokens.FindIndex(token => token.End > length || token.Start >= length);
        int? whole = cut < 0 ? null : _tokens[cut].Token.Count - 1;
        _tokens.RemoveAll(token => token.Start >= length);
        return whole;
    }

    /// <summary>Lets characters at the beginning go, with the tokens that begin there; at the end of the response, all tokens.</summary>
    /// <param name="length">How many characters.</param>
    /// <param name="isLast">Whether the response has ended.</param>
    /// <param name="text">What has left, to which they are appended.</param>
    /// <param name="shown">Receives the tokens that are shown; null: nobody asks for them.</param>
    public void Release(int length, bool isLast, StringBuilder text, Queue<ShownToken>? shown)
    {
        int before = text.Length;
        text.Append(Text[..length]);
        _text.RemoveRange(0, length);
        int gone = 0;
        foreach (ref HeldToken token in CollectionsMarshal.AsSpan(_tokens))
        {
            bool leaves = token.Start < length || isLast;
            _released = leaves ? token.Token.Count : _released;
            if (leaves && !token.IsHidden)
            {
                shown?.Enqueue(new ShownToken(token.Token, before + token.Start));
                _shown.Add(token.Token.Count);
            }

            gone += leaves && token.End <= length ? 1 : 0;
            token = token with { Start = token.Start - length, End = token.End - length, IsHidden = token.IsHidden || leaves };
        }

        _tokens.RemoveRange(0, gone);
    }

    /// <summary>Whether a token of the response, counted from 1, was shown: not one that was cut, replaced, or only its end.</summary>
    public bool HasShown(int count) => _shown.BinarySearch(count) >= 0;

    /// <summary>Forgets the tokens after the first <paramref name="count"/> of the response, and their text.</summary>
    /// <exception cref="InvalidOperationException">Text of theirs has left.</exception>
    public void Rewind(int count)
    {
        if (_released > count)
        {
            throw new InvalidOperationException($"Of the tokens behind the first {count} some text has left: it must be held back.");
        }

        int first = _tokens.FindIndex(token => token.Token.Count > count);
        if (first >= 0)
        {
            _text.RemoveRange(_tokens[first].Start, _text.Count - _tokens[first].Start);
            _tokens.RemoveRange(first, _tokens.Count - first);
        }

        (Count, New) = (count, 0);
    }
}

/// <summary>A token of the response and its place in the text that is held.</summary>
/// <param name="Token">The token.</param>
/// <param name="Start">Its first character; negative where that has left.</param>
/// <param name="End">Behind its last character.</param>
/// <param name="IsHidden">Whether it is not to be shown, or was already.</param>
internal readonly record struct HeldToken(DraftToken Token, int Start, int End, bool IsHidden = false);

/// <summary>A token that is told to the client.</summary>
/// <param name="Token">The token.</param>
/// <param name="Offset">Where its text begins in the response as it is shown, in UTF-16 code units.</param>
internal readonly record struct ShownToken(DraftToken Token, int Offset);
