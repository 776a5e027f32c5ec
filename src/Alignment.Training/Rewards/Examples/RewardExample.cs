using Alignment.Training.Data;
using Alignment.Training.Data.Packing;
using Alignment.Training.Data.Preferences;

namespace Alignment.Training.Rewards.Examples;

/// <summary>A preference pair as tokens.</summary>
/// <param name="Chosen">Preferred response.</param>
/// <param name="Rejected">The other one.</param>
/// <param name="Weight">Of its loss.</param>
/// <param name="Source">Path of its file in the data folder.</param>
/// <param name="Texts">What its figures need to know of the texts.</param>
public sealed record RewardExample(ResponseTokens Chosen, ResponseTokens Rejected, float Weight, string Source, ComparedTexts Texts)
{
    /// <summary>Tokens of the longer response with its prompt.</summary>
    public int Length => Math.Max(Chosen.Tokens.Length, Rejected.Tokens.Length);

    /// <summary>Encodes a pair.</summary>
    public static RewardExample Of(PreferencePair pair, ChatEncoder encoder)
    {
        ArgumentNullException.ThrowIfNull(pair);
        ArgumentNullException.ThrowIfNull(encoder);
        return new RewardExample(
            Encode(pair.Prompt, pair.Chosen, encoder),
            Encode(pair.Prompt, pair.Rejected, encoder),
            pair.Weight,
            pair.Source,
            ComparedTexts.Of(pair));
    }

    private static ResponseTokens Encode(IReadOnlyList<Turn> prompt, string response, ChatEncoder encoder)
    {
        List<int> tokens = [];
        encoder.AppendPrompt(prompt, tokens);
        int start = tokens.Count;
        encoder.AppendResponse(response, tokens);
        return new ResponseTokens([.. tokens], start);
    }
}
