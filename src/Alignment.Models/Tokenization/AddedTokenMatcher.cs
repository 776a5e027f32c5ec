using System.Buffers;
using System.Text;
using Alignment.Models.Tokenization.Expressions;

namespace Alignment.Models.Tokenization;

/// <summary>Finds added tokens in a text, leftmost first and the longest of those that begin together.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly Dictionary<char, AddedToken[]> _byFirst;

    public AddedTokenMatcher(IEnumerable<AddedToken> tokens)
    {
        _byFirst = tokens.Where(token => token.Content.Length > 0).GroupBy(token => token.Content[0])
            .ToDictionary(group => group.Key, group => group.OrderByDescending(token => token.Content.Length).ToArray());
    }

    /// <summary>
    /// Calls back for every piece in order: stretches of plain text (start and end), and tokens. No control token has a client's
    /// characters.
    /// </summary>
    public void Split(string text, ClientSpans clients, Action<int, int> onText, Action<AddedToken> onToken)
    {
        int start = 0;
        for (int at = 0; at < text.Length;)
        {
            if (Match(text, at, clients) is not { } token)
            {
                at++;
                continue;
            }

            int end = at + token.Content.Length;
            if (token.SingleWord && !StandsAlone(text, at, end))
            {
                at = end; // nor does a shorter token begin inside, as in the original
                continue;
            }

            int textEnd = token.StripLeft ? start + text.AsSpan(start, at - start).TrimEnd().Length : at;
            if (textEnd > start)
            {
                onText(start, textEnd);
            }

            onToken(token);
            while (token.StripRight && end < text.Length && char.IsWhiteSpace(text[end]))
            {
                end++;
            }

            start = at = end;
        }

        if (start < text.Length)
        {
            onText(start, text.Length);
        }
    }

    private AddedToken? Match(string text, int at, ClientSpans clients)
    {
        if (!_byFirst.TryGetValue(text[at], out AddedToken[]? candidates))
        {
            return null;
        }

        foreach (AddedToken token in candidates)
        {
            if (string.CompareOrdinal(text, at, token.Content, 0, token.Content.Length) == 0
                && !(token.IsControl && clients.Touches(at, at + token.Content.Length)))
            {
                return token;
            }
        }

        return null;
    }

    private static bool StandsAlone(string text, int start, int end)
    {
        OperationStatus left = Rune.DecodeLastFromUtf16(text.AsSpan(0, start), out Rune before, out _);
        OperationStatus right = Rune.DecodeFromUtf16(text.AsSpan(end), out Rune after, out _);
        return !(left == OperationStatus.Done && NamedSets.RustWord.Contains(before.Value))
            && !(right == OperationStatus.Done && NamedSets.RustWord.Contains(after.Value));
    }
}
