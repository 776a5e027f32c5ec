using Alignment.Decoding.Responses;

namespace Alignment.Decoding.Methods;

/// <summary>What a method did.</summary>
/// <param name="Candidates">Every candidate, returned or not.</param>
/// <param name="SelectionKlBound">See <see cref="AlignmentReport.SelectionKlBound"/>.</param>
internal sealed record DecodingResult(IReadOnlyList<Candidate> Candidates, double? SelectionKlBound = null);
