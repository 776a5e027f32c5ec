namespace Alignment.Decoding.Reports;

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
    /// Most by which choosing among candidates moves the response from the distribution they were drawn from, in nats: log n - (n - 1) / n
    /// where the best is taken
    /// (Beirami et al., 2024); with tau, log n less the entropy of the choice among these candidates, whose mean over requests is such a
    /// bound. Null where nothing
    /// was chosen.
    /// </summary>
    public double? SelectionKlBound { get; init; }
}
