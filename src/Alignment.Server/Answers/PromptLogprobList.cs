using Alignment.Decoding.Responses;
using Alignment.Server.Contracts;

namespace Alignment.Server.Answers;

/// <summary>A prompt's tokens in the form that vLLM gives their log-probabilities: one object a position, its own token first.</summary>
internal static class PromptLogprobList
{
    public static IReadOnlyList<IReadOnlyDictionary<int, PromptLogprob>?>? From(IReadOnlyList<GeneratedToken>? prompt)
        => prompt is null ? null : [.. prompt.Select(Position)];

    private static Dictionary<int, PromptLogprob>? Position(GeneratedToken token)
    {
        if (token.LogProbability is not { } own)
        {
            return null;
        }

        var position = new Dictionary<int, PromptLogprob> { [token.Id] = new(Logprob.Finite(own), null, token.Text) };
        for (int i = 0; i < token.Top.Count; i++)
        {
            TopToken likely = token.Top[i];
            position[likely.Id] = new PromptLogprob(Logprob.Finite(likely.LogProbability), i + 1, likely.Text);
        }

        return position;
    }
}
