using Alignment.Compute.Contract.NextToken;

namespace Alignment.Decoding.Drafts;

/// <summary>
/// A token with all that were drawn before it: an immutable list, linked towards its beginning, that any number of drafts share. Its sums
/// run over the whole list, so that forgetting tokens costs no more than walking back over them.
/// </summary>
internal sealed class DraftToken
{
    /// <param name="previous">The token before it; null: it is the first.</param>
    /// <param name="choice">How it was drawn, which is copied.</param>
    /// <param name="keepsNumbers">Whether anybody will ask for more than the sums.</param>
    public DraftToken(DraftToken? previous, TokenChoice choice, bool keepsNumbers)
    {
        (Previous, Id, Count) = (previous, choice.Token, (previous?.Count ?? 0) + 1);
        LogProbability = (previous?.LogProbability ?? 0) + choice.LogProbability;
        EstimatedKl = (previous?.EstimatedKl ?? 0) + choice.SampledLogProbability - choice.FrozenLogProbability;
        StepKl = (previous?.StepKl ?? 0) + choice.Divergence;
        Numbers = keepsNumbers ? TokenNumbers.Of(choice) : null;
    }

    public DraftToken? Previous { get; }

    public int Id { get; }

    /// <summary>Tokens of the list, this one included.</summary>
    public int Count { get; }

    /// <summary>Sum of the aligned log-probabilities.</summary>
    public double LogProbability { get; }

    /// <summary>Sum of log q - log pi: what the draws say of the divergence from the frozen model.</summary>
    public double EstimatedKl { get; }

    /// <summary>Sum of the steps' exact divergences; 0 where no report was asked for.</summary>
    public double StepKl { get; }

    /// <summary>What it was drawn by; null where nobody asked for that.</summary>
    public TokenNumbers? Numbers { get; }
}

/// <summary>What one token was drawn by, as <see cref="TokenChoice"/> has it; nothing of its text.</summary>
internal sealed record TokenNumbers(
    float LogProbability,
    float FrozenLogProbability,
    float SampledLogProbability,
    double Divergence,
    float[] Guides,
    TokenLogProbability[] Top)
{
    public static TokenNumbers Of(TokenChoice choice) => new(
        choice.LogProbability, choice.FrozenLogProbability, choice.SampledLogProbability, choice.Divergence,
        [.. choice.GuideLogProbabilities], [.. choice.Top]);
}
