using System.Text;
using Alignment.Compute.Contract.NextToken;
using Alignment.Decoding.Drafts;
using Alignment.Models.Tokenization;

namespace Alignment.Decoding.Responses;

/// <summary>Tokens as answers show them: id, text, bytes, log-probabilities.</summary>
internal static class TokenTexts
{
    /// <summary>A token of a response whose numbers were kept.</summary>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="shown">The token.</param>
    /// <param name="offset">Characters in front of the response.</param>
    public static GeneratedToken Describe(Tokenizer tokenizer, ShownToken shown, int offset)
    {
        TokenNumbers numbers = shown.Token.Numbers!;
        return Describe(tokenizer, shown.Token.Id, numbers.LogProbability, numbers.Top) with { Offset = offset + shown.Offset };
    }

    public static GeneratedToken Describe(Tokenizer tokenizer, int id, float? logProbability, ReadOnlySpan<TokenLogProbability> top)
    {
        var listed = new List<TopToken>(top.Length);
        foreach (TokenLogProbability entry in top)
        {
            if (entry.Token >= 0)
            {
                listed.Add(new TopToken(entry.Token, Text(tokenizer, entry.Token), Bytes(tokenizer, entry.Token), entry.LogProbability));
            }
        }

        return new GeneratedToken(id, Text(tokenizer, id), Bytes(tokenizer, id), logProbability, listed);
    }

    public static string Text(Tokenizer tokenizer, int id) => Encoding.UTF8.GetString(Bytes(tokenizer, id));

    private static byte[] Bytes(Tokenizer tokenizer, int id) => id < tokenizer.VocabularySize ? tokenizer.TokenBytes(id).ToArray() : [];
}
