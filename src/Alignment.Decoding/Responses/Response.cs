using System.Text;
using Alignment.Decoding.Drafts;
using Alignment.Decoding.Preparation;
using Alignment.Models.Tokenization;

namespace Alignment.Decoding.Responses;

/// <summary>
/// What is committed of a draft: its text, where it ends, and what of it may be told to the client. Tokens become text here, once, and
/// stages judge it before it leaves.
/// </summary>
/// <param name="request">What ends a response.</param>
/// <param name="tokenizer">Makes text of tokens.</param>
/// <param name="stages">What looks at the text, in this order; each sees what those before it have made of it.</param>
/// <param name="offset">Characters that the client is told in front of it: an echoed prompt.</param>
internal sealed class Response(EncodedRequest request, Tokenizer tokenizer, IReadOnlyList<IResponseStage> stages, int offset = 0)
{
    /// <summary>How often stages may have one response drawn anew.</summary>
    public const int MostRedraws = 8;

    /// <summary>So many described tokens at most are told with one event: it bounds what a slow reader makes us hold.</summary>
    private const int TokensAnEvent = 128;

    private readonly HeldText _held = new();
    private readonly StringBuilder _text = new();
    private readonly Queue<ShownToken>? _shown = request.Describes ? new Queue<ShownToken>() : null;
    private TokenDecoder _decoder = tokenizer.CreateDecoder();
    private int _toldText;
    private bool _toldEnd;
    private int? _whole;

    /// <summary>The response, without what is held back and what is not shown of its end.</summary>
    public string Text => _text.ToString();

    /// <summary>Tokens committed, an end token included.</summary>
    public int Count => _held.Count;

    /// <summary>Why it has ended; null: it has not.</summary>
    public FinishReason? FinishReason { get; private set; }

    /// <summary>The token that has ended it; null: another thing has, or nothing.</summary>
    public int? EndToken { get; private set; }

    /// <summary>Tokens whose text is all part of the response; the token that has ended it only where it is shown.</summary>
    public int WholeTokens => _whole ?? (EndToken is null || request.Request.IncludeStop ? Count : Count - 1);

    /// <summary>Whether the text of a token, counted from 1, is part of the response as it is shown.</summary>
    public bool Shows(int count) => _held.HasShown(count);

    /// <summary>How often a stage had tokens drawn anew.</summary>
    public int Redraws { get; private set; }

    /// <summary>
    /// Takes the tokens that the draft has beyond those committed. Where the response ends at one of them, the draft is rewound to it;
    /// where a stage wants tokens drawn anew, to the last one before them.
    /// </summary>
    /// <returns>Whether the response has ended.</returns>
    /// <exception cref="InvalidOperationException">A stage wants tokens drawn anew whose text has left.</exception>
    public bool Commit(Draft draft)
    {
        foreach (DraftToken token in FinishReason is null ? draft.TokensFrom(Count) : [])
        {
            if (Take(token) is { } kept)
            {
                Rewind(draft, kept);
                return false;
            }

            if (FinishReason is not null)
            {
                break;
            }
        }

        if (draft.Count > Count)
        {
            draft.Rewind(Count);
        }

        return FinishReason is not null;
    }

    /// <summary>Ends it where it is: nothing more can be drawn.</summary>
    public void End()
    {
        if (FinishReason is null)
        {
            _held.AddEnd(_decoder.Flush());
            Judge(Responses.FinishReason.Length, mayRedraw: false);
        }
    }

    /// <summary>Tells what may be told and was not; once it has ended, also that. Waits for the reader.</summary>
    public async ValueTask TellAsync(EventBuffer events, int choice)
    {
        while (_toldText < _text.Length || _shown?.Count > 0)
        {
            await events.WriteAsync(NextPiece(choice));
        }

        if (FinishReason is { } reason && !_toldEnd)
        {
            _toldEnd = true;
            await events.WriteAsync(new FinishEvent(choice, reason));
        }
    }

    private TextEvent NextPiece(int choice)
    {
        string text = _text.ToString(_toldText, _text.Length - _toldText);
        var tokens = new GeneratedToken[Math.Min(TokensAnEvent, _shown?.Count ?? 0)];
        for (int i = 0; i < tokens.Length; i++)
        {
            tokens[i] = TokenTexts.Describe(tokenizer, _shown!.Dequeue(), offset);
        }

        _toldText = _text.Length;
        return new TextEvent(choice, text, tokens);
    }

    /// <returns>How many tokens to keep, where a stage wants the others drawn anew.</returns>
    private int? Take(DraftToken token)
    {
        bool ends = request.Rules.Ends(token.Id);
        FinishReason? finish = ends ? Responses.FinishReason.Stop
            : token.Count == request.MaxTokens ? Responses.FinishReason.Length : null;
        bool isHidden = ends && !request.Request.IncludeStop;
        _held.Add(token, isHidden ? "" : _decoder.Push(token.Id), isHidden);
        if (finish is not null)
        {
            _held.AddEnd(_decoder.Flush());
        }

        EndToken = ends ? token.Id : null;
        return Judge(finish, Redraws < MostRedraws);
    }

    private int? Judge(FinishReason? finish, bool mayRedraw)
    {
        _held.StartKeeping();
        foreach (IResponseStage stage in stages)
        {
            StageAnswer answer = stage.Look(_held, finish is not null);
            if (answer.RedrawFrom is { } kept)
            {
                if (mayRedraw)
                {
                    return kept;
                }

                answer = StageAnswer.End(Responses.FinishReason.ContentFilter, _held.Text.Length);
            }

            finish = answer.Finish ?? finish;
            if (finish is not null && answer.Held > 0)
            {
                (_whole, EndToken) = (_held.Cut(answer.Held) ?? _whole, null);
            }

            _held.Keep(answer.Held);
        }

        FinishReason = finish;
        _held.Release(finish is null ? _held.KeptFrom : _held.Text.Length, finish is not null, _text, _shown);
        return null;
    }

    /// <summary>What the decoder remembers of the tokens that are kept, a new one learns from them.</summary>
    private void Rewind(Draft draft, int kept)
    {
        _held.Rewind(kept);
        draft.Redraw(kept);
        Redraws++;
        (EndToken, _whole) = (null, null);
        _decoder = tokenizer.CreateDecoder();
        foreach (DraftToken token in draft.TokensFrom(0))
        {
            _decoder.Push(token.Id);
        }
    }
}
