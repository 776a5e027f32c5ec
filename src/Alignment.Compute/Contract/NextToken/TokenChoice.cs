namespace Alignment.Compute.Contract.NextToken;

/// <summary>
/// What the rule chose, and the numbers behind it. One object per sequence, overwritten at every step (nothing is allocated per token):
/// copy what you keep.
/// </summary>
public sealed class TokenChoice(int topLogProbabilities, int guides)
{
    /// <summary>In the place of a token: the mask and biases of negative infinity leave none.</summary>
    public const int Masked = -1;

    /// <summary>In the place of a token: numbers of the model or of a guide are not finite, or what the rule makes of them.</summary>
    public const int Overflow = -2;

    /// <summary>The token; negative when there is none, <see cref="Masked"/> or <see cref="Overflow"/>.</summary>
    public int Token { get; set; }

    /// <summary>
    /// Log-probability under the aligned distribution: after penalties, guides, bias and mask; before temperature and truncation.
    /// </summary>
    public float LogProbability { get; set; }

    /// <summary>Log-probability under the frozen model alone, whose logits nothing has touched.</summary>
    public float FrozenLogProbability { get; set; }

    /// <summary>Log-probability under the distribution sampled from; 0 at temperature 0.</summary>
    public float SampledLogProbability { get; set; }

    /// <summary>Exact KL(sampled || frozen) of this step in nats; only when the rule asks for a report.</summary>
    public double Divergence { get; set; }

    /// <summary>log pi_guide(token) of each guide, before its weight.</summary>
    public float[] GuideLogProbabilities { get; } = new float[guides];

    /// <summary>The most probable tokens of the aligned distribution, best first.</summary>
    public TokenLogProbability[] Top { get; } = new TokenLogProbability[topLogProbabilities];
}
