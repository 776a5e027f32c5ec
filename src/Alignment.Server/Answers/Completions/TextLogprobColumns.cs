using Alignment.Decoding.Responses;
using Alignment.Server.Contracts;

namespace Alignment.Server.Answers.Completions;

/// <summary>Tokens in the columns that completions give log-probabilities.</summary>
internal static class TextLogprobColumns
{
    public static TextLogprobs From(IReadOnlyList<GeneratedToken> tokens) => new(
        [.. tokens.Select(token => token.Text)],
        [.. tokens.Select(token => token.LogProbability is { } value ? Logprob.Finite(value) : (float?)null)],
        [.. tokens.Select(Top)],
        [.. tokens.Select(token => token.Offset)]);

    /// <summary>
    /// By text, the token itself always among them; of several others with one text (halves of characters) the most probable. Null where
    /// there is no distribution.
    /// </summary>
    private static Dictionary<string, float>? Top(GeneratedToken token)
    {
        if (token.LogProbability is null)
        {
            return null;
        }

        var top = new Dictionary<string, float>(StringComparer.Ordinal);
        foreach (TopToken candidate in token.Top)
        {
            top.TryAdd(candidate.Text, Logprob.Finite(candidate.LogProbability));
        }

        top[token.Text] = Logprob.Finite(token.LogProbability.Value);
        return top;
    }
}
