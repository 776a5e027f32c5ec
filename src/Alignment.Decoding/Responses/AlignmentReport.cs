namespace Alignment.Decoding.Responses;

/// <summary>What alignment did to one request. Wall time is not in it: it would differ between equal requests.</summary>
public sealed record AlignmentReport
{
    /// <summary>Name of the method.</summary>
    public required string Method { get; init; }

    /// <summary>The guides in use, in the order of <see cref="TokenReport.Guides"/>.</summary>
    public required IReadOnlyList<GuideReport> Guidance { get; init; }

    /// <summary>Every candidate drawn, returned or not.</summary>
    public required IReadOnlyList<CandidateReport> Candidates { get; init; }

    /// <summary>Rows sent through the model: prompt, candidates and guides together.</summary>
    public required long ForwardTokens { get; init; }

    /// <summary>
    /// Whether the budget of forward tokens ended a response: one is as long as the budget had room for, or the budget was spent before
    /// the method was done; then responses are the best that there was, and where they could not be scored, the first ones, without scores.
    /// </summary>
    public required bool BudgetExhausted { get; init; }

    /// <summary>
    /// Most by which choosing among candidates moves the response from the distribution they were drawn from, in nats: log n - (n - 1) / n
    /// where the best is taken
    /// (Beirami et al., 2024); with tau, log n less the entropy of the choice among these candidates, whose mean over requests is such a
    /// bound. Null where nothing
    /// was chosen.
    /// </summary>
    public double? SelectionKlBound { get; init; }
}

/// <summary>One guide of a request.</summary>
/// <param name="Source">Its name.</param>
/// <param name="Weight">Its weight.</param>
public sealed record GuideReport(string Source, float Weight);

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

    /// <summary>How often its tokens were drawn anew because a guard wanted it so; those that were given up are not listed.</summary>
    public required int Redraws { get; init; }

    /// <summary>Raw rewards by name, before weights and transforms; empty where the method scores nothing.</summary>
    public required IReadOnlyDictionary<string, double> Rewards { get; init; }

    /// <summary>Weighted sum of the transformed rewards: what the search compared; null where the method scores nothing.</summary>
    public required double? Score { get; init; }

    /// <summary>
    /// The token that value heads read: <c>end_of_turn</c>, the one that ended the response; <c>closed</c>, one that was put behind what is
    /// shown of a response which has none; <c>last_token</c>, whatever came last, of a model that has no end of turn; null where none read
    /// it. A response that a text stopped is read behind the last token that is shown whole: the beginning of the token in which the stop
    /// text begins is shown and not read.
    /// </summary>
    public string? ScoredAt { get; init; }

    /// <summary>
    /// Sum of log q - log pi over the tokens, q the distribution sampled from, pi the frozen model: one-sample estimate of KL(q || pi), in
    /// nats.
    /// </summary>
    public required double EstimatedKl { get; init; }

    /// <summary>Sum of the exact per-step KL(q || pi) along this path, in nats: same mean, less noise.</summary>
    public required double StepKl { get; init; }

    /// <summary>Sum of the aligned log-probabilities.</summary>
    public required double LogProbability { get; init; }

    /// <summary>Its tokens as they were drawn, those that are not shown included.</summary>
    public required IReadOnlyList<TokenReport> Tokens { get; init; }
}

/// <summary>One token of a candidate.</summary>
/// <param name="Id">The token.</param>
/// <param name="Text">Its text.</param>
/// <param name="LogProbability">Under the aligned distribution: after guides and penalties, before temperature and truncation.</param>
/// <param name="FrozenLogProbability">Under the frozen model alone.</param>
/// <param name="SampledLogProbability">Under the distribution drawn from; 0 at temperature 0.</param>
/// <param name="Divergence">Exact KL(sampled || frozen) of this step, in nats.</param>
/// <param name="Guides">weight * log pi_guide(token) of each guide: what it added to this token's score.</param>
/// <param name="Shown">
/// Whether its text is part of the candidate's: not of an end that is no part of it, nor where it was cut, or replaced by another text.
/// </param>
public sealed record TokenReport(
    int Id,
    string Text,
    float LogProbability,
    float FrozenLogProbability,
    float SampledLogProbability,
    double Divergence,
    IReadOnlyList<float> Guides,
    bool Shown);
