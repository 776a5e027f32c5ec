using Alignment.Training.Data.Preferences;
using Alignment.Training.Evaluation;

namespace Alignment.Training.Rewards.Examples;

/// <summary>What the figures of a pair need to know of its texts.</summary>
/// <param name="Prompt">The <see cref="PreferencePair.Key"/> of its prompt.</param>
/// <param name="ChosenLength">Characters of the preferred response.</param>
/// <param name="RejectedLength">Characters of the other one.</param>
/// <param name="IsBorrowed">See <see cref="PreferencePair.IsBorrowed"/>.</param>
public sealed record ComparedTexts(string Prompt, int ChosenLength, int RejectedLength, bool IsBorrowed)
{
    /// <summary>Of the same pair with the other response preferred.</summary>
    public ComparedTexts Reversed => this with { ChosenLength = RejectedLength, RejectedLength = ChosenLength };

    /// <summary>log(chosen length / rejected length).</summary>
    public double LogLengthRatio => Score(0).LogLengthRatio;

    /// <summary>Of a pair.</summary>
    public static ComparedTexts Of(PreferencePair pair)
    {
        ArgumentNullException.ThrowIfNull(pair);
        return new ComparedTexts(pair.Key, ScoredPair.LengthOf(pair.Chosen), ScoredPair.LengthOf(pair.Rejected), pair.IsBorrowed);
    }

    /// <summary>With what a reward says of it.</summary>
    public ScoredPair Score(double margin) => new(Prompt, margin, ChosenLength, RejectedLength);
}
