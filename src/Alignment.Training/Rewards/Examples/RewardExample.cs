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
    /// <summary>By how much the chosen response is better, in the source's own unit; 0 where it does not say.</summary>
    public double Margin { get; init; }

    /// <summary>Probability that the preference is right; null where the source does not say.</summary>
    public double? Agreement { get; init; }

    /// <summary>Whose preference it is; null where that is not asked.</summary>
    public string? User { get; init; }

    /// <summary>Tokens of the longer response with its prompt.</summary>
    public int Length => Math.Max(Chosen.Tokens.Length, Rejected.Tokens.Length);

    /// <summary>Encodes a pair.</summary>
    public static RewardExample Of(PreferencePair pair, ChatEncoder encoder)
    {
        ArgumentNullException.ThrowIfNull(pair);
        ArgumentNullException.ThrowIfNull(encoder);
        return new RewardExample(
            ResponseTokens.Of(pair.Prompt, pair.Chosen, encoder),
            ResponseTokens.Of(pair.Prompt, pair.Rejected, encoder),
            pair.Weight,
            pair.Source,
            ComparedTexts.Of(pair))
        {
            Margin = pair.Margin,
            Agreement = pair.Agreement,
        };
    }

    /// <summary>The same pair as one user sees it.</summary>
    internal RewardExample By(Judge judge) => judge.Agrees
        ? this with { User = judge.Name }
        : this with { User = judge.Name, Chosen = Rejected, Rejected = Chosen, Texts = Texts.Reversed };
}
