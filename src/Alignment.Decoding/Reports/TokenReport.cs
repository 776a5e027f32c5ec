namespace Alignment.Decoding.Reports;

/// <summary>One token of a candidate.</summary>
/// <param name="Id">The token.</param>
/// <param name="Text">Its text.</param>
/// <param name="LogProbability">Under the aligned distribution: after guides and penalties, before temperature and truncation.</param>
/// <param name="FrozenLogProbability">Under the frozen model alone.</param>
/// <param name="SampledLogProbability">Under the distribution drawn from; 0 at temperature 0.</param>
/// <param name="Divergence">Exact KL(sampled || frozen) of this step, in nats.</param>
/// <param name="Guides">weight * log pi_guide(token) of each guide: what it added to this token's score.</param>
public sealed record TokenReport(
    int Id,
    string Text,
    float LogProbability,
    float FrozenLogProbability,
    float SampledLogProbability,
    double Divergence,
    IReadOnlyList<float> Guides);
