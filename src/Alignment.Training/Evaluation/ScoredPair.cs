namespace Alignment.Training.Evaluation;

/// <summary>What a reward says of two responses to one prompt, the first of which is preferred.</summary>
/// <param name="Prompt">Which prompt: pairs that share it are not independent of each other.</param>
/// <param name="Margin">Reward of the chosen response less that of the rejected one.</param>
/// <param name="ChosenLength">Characters of the chosen response, as <see cref="LengthOf"/> counts them; at least 1.</param>
/// <param name="RejectedLength">Characters of the rejected response; at least 1.</param>
public readonly record struct ScoredPair(string Prompt, double Margin, int ChosenLength, int RejectedLength)
{
    /// <summary>Whether the reward agrees: 1 or 0, half where it prefers neither.</summary>
    public double Right => Margin > 0 ? 1 : Margin < 0 ? 0 : 0.5;

    /// <summary>Whether the chosen response is the longer one: 1 or 0, half where both are as long.</summary>
    public double Longer => ChosenLength > RejectedLength ? 1 : ChosenLength < RejectedLength ? 0 : 0.5;

    /// <summary>log(chosen length / rejected length).</summary>
    public double LogLengthRatio => Math.Log((double)ChosenLength / RejectedLength);

    /// <summary>
    /// Unicode code points of a response: what anybody can count again, whatever their tokenizer.
    /// </summary>
    public static int LengthOf(string response)
    {
        ArgumentNullException.ThrowIfNull(response);
        return response.EnumerateRunes().Count();
    }
}
