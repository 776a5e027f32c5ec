using Alignment.Training.Data;
using Alignment.Training.Data.Packing;
using Alignment.Training.Data.Preferences;

namespace Alignment.Training.Rewards;

/// <summary>A preference pair as tokens.</summary>
/// <param name="Chosen">Preferred response.</param>
/// <param name="Rejected">The other one.</param>
/// <param name="Weight">Of its loss.</param>
/// <param name="Source">Path of its file in the data folder.</param>
public sealed record RewardExample(ResponseTokens Chosen, ResponseTokens Rejected, float Weight, string Source)
{
    /// <summary>The examples of a part that fit into <paramref name="maxLength"/> tokens, in a fixed order.</summary>
    public static RewardExample[] Read(string dataFolder, DataMix mix, DataPart part, ChatEncoder encoder, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        return [.. PreferenceReader.Read(dataFolder, mix, part).Select(pair => Encode(pair, encoder)).Where(example => Math.Max(example.Chosen.Tokens.Length, example.Rejected.Tokens.Length) <= maxLength)];
    }

    private static RewardExample Encode(PreferencePair pair, ChatEncoder encoder) =>
        new(Encode(pair.Prompt, pair.Chosen, encoder), Encode(pair.Prompt, pair.Rejected, encoder), pair.Weight, pair.Source);

    private static ResponseTokens Encode(IReadOnlyList<Turn> prompt, string response, ChatEncoder encoder)
    {
        List<int> tokens = [];
        encoder.AppendPrompt(prompt, tokens);
        int start = tokens.Count;
        encoder.AppendResponse(response, tokens);
        return new ResponseTokens([.. tokens], start);
    }
}
