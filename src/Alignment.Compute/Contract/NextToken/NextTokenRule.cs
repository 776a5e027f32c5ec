namespace Alignment.Compute.Contract.NextToken;

/// <summary>
/// How a row of logits becomes a token: data, not code, so that a backend can execute it in one pass. Order of operations:
/// model logits, penalties, plus weight * log-softmax of each guide, bias, the row's mask (here the reported log-probabilities are taken),
/// temperature, top-k, top-p, min-p, sampling. Penalties come before the guides because a division feels every shift: after them, a guide
/// without an opinion would change what a penalty does. Immutable; one per request.
/// </summary>
public sealed record NextTokenRule
{
    /// <summary>
    /// Log-probabilities of guides are clamped here before they are weighted: a negative weight must not turn "impossible" into "certain".
    /// </summary>
    public const float GuideFloor = -1e4f;

    /// <summary>0 takes the most probable token, ties to the lowest id.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>Keep the k most probable tokens; 0 keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>Keep the smallest set of most probable tokens whose mass reaches this; 1 keeps all.</summary>
    public float TopP { get; init; } = 1;

    /// <summary>Keep tokens at least this fraction as probable as the most probable one; 0 keeps all.</summary>
    public float MinP { get; init; }

    /// <summary>
    /// Divides positive and multiplies negative logits of the model for tokens in the prompt or the response; 1 is off (Keskar et al.,
    /// 2019).
    /// </summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Subtracted once per occurrence in the response.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Subtracted from every token that occurs in the response.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>Whether it must be told which tokens occur.</summary>
    public bool Penalises => RepetitionPenalty != 1 || FrequencyPenalty != 0 || PresencePenalty != 0;

    /// <summary>Added to single tokens; negative infinity forbids a token.</summary>
    public IReadOnlyList<TokenBias> Bias { get; init; } = [];

    /// <summary>Key of the counter-based generator.</summary>
    public ulong Seed { get; init; }

    /// <summary>How many of the most probable tokens to report.</summary>
    public int TopLogProbabilities { get; init; }

    /// <summary>Also compute what only a report needs: the exact divergence of the step.</summary>
    public bool Report { get; init; }
}
