using System.Text;

namespace Alignment.Models.Tokenization;

/// <summary>
/// Turns a stream of tokens into text. A character whose bytes are spread over tokens appears when it is complete, never in part.
/// </summary>
public sealed class TokenDecoder
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;
    private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();
    private char[] _characters = new char[64];
    private bool _atStart = true;

    internal TokenDecoder(Tokenizer tokenizer, bool skipSpecialTokens)
    {
        (_tokenizer, _skipSpecialTokens) = (tokenizer, skipSpecialTokens);
    }

    /// <summary>The text that this token completes; may be empty.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public string Push(int id)
    {
        if (_skipSpecialTokens && _tokenizer.IsSpecial(id))
        {
            return "";
        }

        ReadOnlySpan<byte> bytes = _tokenizer.TokenBytes(id).Span;
        if (_atStart && _tokenizer.StripsFirstSpace && bytes.Length > 0 && bytes[0] == ' ')
        {
            bytes = bytes[1..];
        }

        _atStart &= _tokenizer.TokenBytes(id).IsEmpty;
        return Decode(bytes, flush: false);
    }

    /// <summary>
    /// What is left of an incomplete character at the end of the stream: U+FFFD, or nothing. The decoder can be used again.
    /// </summary>
    public string Flush()
    {
        _atStart = true;
        return Decode([], flush: true);
    }

    private string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        int most = Encoding.UTF8.GetMaxCharCount(bytes.Length);
        if (_characters.Length < most)
        {
            _characters = new char[most];
        }

        int count = _utf8.GetChars(bytes, _characters, flush);
        return count == 0 ? "" : new string(_characters, 0, count);
    }
}
