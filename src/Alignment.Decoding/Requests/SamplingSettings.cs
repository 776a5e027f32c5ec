namespace Alignment.Decoding.Requests;

/// <summary>How the next token is drawn; the ranges are those of <see cref="SamplingValidator"/>.</summary>
public sealed record SamplingSettings
{
    /// <summary>A bias of this or less forbids a token, as it does at OpenAI.</summary>
    public const float Forbidden = -100;

    /// <summary>0 takes the most probable token.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>Keep the smallest set of most probable tokens with this mass.</summary>
    public float TopP { get; init; } = 1;

    /// <summary>Keep the k most probable tokens; 0 keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>Keep tokens at least this fraction as probable as the most probable one.</summary>
    public float MinP { get; init; }

    /// <summary>Divides the positive and multiplies the negative logits of tokens seen so far; 1 is off.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Subtracted once per occurrence in the response.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Subtracted from tokens that occur in the response.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>Added to the logits of single tokens, by id; see <see cref="Forbidden"/>.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = new Dictionary<int, float>();

    /// <summary>Key of the random numbers: the same seed and request give the same response.</summary>
    public ulong Seed { get; init; }

    /// <summary>Keep generating after an end-of-sequence token, up to the length limit (for measurements).</summary>
    public bool IgnoreEos { get; init; }
}
