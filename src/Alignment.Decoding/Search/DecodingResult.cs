namespace Alignment.Decoding.Search;

/// <summary>What a method did.</summary>
/// <param name="Candidates">Every candidate, returned or not.</param>
/// <param name="SelectionKlBound">See <see cref="Reports.AlignmentReport.SelectionKlBound"/>.</param>
internal sealed record DecodingResult(IReadOnlyList<Candidate> Candidates, double? SelectionKlBound = null);
