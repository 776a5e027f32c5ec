namespace Alignment.Inference.Scheduling;

/// <summary>A run of tokens that one pass scores.</summary>
/// <param name="Sequence">Whose tokens.</param>
/// <param name="First">First row of the batch while the pass is planned, first output afterwards.</param>
/// <param name="FirstToken">Index of the first scored token.</param>
/// <param name="Count">Number of tokens.</param>
internal readonly record struct ScoredRows(Sequence Sequence, int First, int FirstToken, int Count);
