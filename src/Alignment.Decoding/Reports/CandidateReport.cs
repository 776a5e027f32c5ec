namespace Alignment.Decoding.Reports;

/// <summary>One candidate response.</summary>
public sealed record CandidateReport
{
    /// <summary>Which random stream drew it.</summary>
    public required int Candidate { get; init; }

    /// <summary>The choice it was returned as; null when it was not selected.</summary>
    public required int? Choice { get; init; }

    /// <summary>Its text, without stop strings.</summary>
    public required string Text { get; init; }

    /// <summary>Why it ended.</summary>
    public required FinishReason FinishReason { get; init; }

    /// <summary>Raw rewards by name, before weights and transforms; empty where the method scores nothing.</summary>
    public required IReadOnlyDictionary<string, double> Rewards { get; init; }

    /// <summary>Weighted sum of the transformed rewards: what the search compared; null where the method scores nothing.</summary>
    public required double? Score { get; init; }

    /// <summary>Sum of log q - log pi over the tokens, q the distribution sampled from, pi the frozen model: one-sample estimate of KL(q || pi), in nats.</summary>
    public required double EstimatedKl { get; init; }

    /// <summary>Sum of the exact per-step KL(q || pi) along this path, in nats: same mean, less noise.</summary>
    public required double StepKl { get; init; }

    /// <summary>Sum of the aligned log-probabilities.</summary>
    public required double LogProbability { get; init; }

    /// <summary>Its tokens.</summary>
    public required IReadOnlyList<TokenReport> Tokens { get; init; }
}
