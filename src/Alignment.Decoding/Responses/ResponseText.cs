using System.Text;
using Alignment.Models.Tokenization;

namespace Alignment.Decoding.Responses;

/// <summary>
/// Detokenizes one response: whole characters, cut at or behind the first stop string, and the described tokens that belong to each piece.
/// </summary>
internal sealed class ResponseText(Tokenizer tokenizer, IReadOnlyList<string> stops, bool includesStop)
{
    private readonly TokenDecoder _decoder = tokenizer.CreateDecoder();
    private readonly StopMatcher _stops = new(stops, includesStop);
    private readonly StringBuilder _text = new();
    private readonly List<(GeneratedToken Token, int Start)> _pending = [];
    private int _decoded;

    /// <summary>The response so far, without what is held back.</summary>
    public string Text => _text.ToString();

    /// <summary>Whether a stop string was found.</summary>
    public bool IsStopped => _stops.IsStopped;

    /// <summary>Takes a token; returns the text that is now certain.</summary>
    /// <param name="id">The token.</param>
    /// <param name="described">What an answer shows of it, where it shows tokens.</param>
    /// <param name="mayStop">Whether a stop string may end the response here.</param>
    public string Push(int id, GeneratedToken? described, bool mayStop)
    {
        string piece = _decoder.Push(id);
        if (described is not null)
        {
            _pending.Add((described with { Width = piece.Length }, _decoded));
        }

        _decoded += piece.Length;
        return Add(_stops.Push(piece, mayStop));
    }

    /// <summary>The rest, at the end of the response.</summary>
    public string Finish(bool mayStop)
    {
        string rest = IsStopped ? "" : _stops.Push(_decoder.Flush(), mayStop);
        return Add(IsStopped ? rest : rest + _stops.Flush());
    }

    /// <summary>The described tokens since the last call; those that lie behind a stop string are dropped.</summary>
    public IReadOnlyList<GeneratedToken> TakeTokens()
    {
        GeneratedToken[] tokens =
        [
            .. _pending.Where(pending => !IsStopped || pending.Start < _text.Length).Select(pending => pending.Token),
        ];
        _pending.Clear();
        return tokens;
    }

    private string Add(string text)
    {
        _text.Append(text);
        return text;
    }
}
