namespace Alignment.Compute.Contract;

/// <summary>
/// Consecutive rows of a batch that are consecutive tokens of one sequence. Row i of the segment stands at position FirstPosition + i and
/// attends to positions 0 to FirstPosition + i. Position p lives in page <c>Pages[p / 16]</c>, slot <c>p % 16</c>.
/// </summary>
/// <param name="FirstRow">First row in the batch.</param>
/// <param name="Rows">Number of rows, at least 1.</param>
/// <param name="FirstPosition">Position of the first row.</param>
/// <param name="Pages">Page table; the sequence's own list, read only during the call, may be longer than needed.</param>
public readonly record struct RowSegment(int FirstRow, int Rows, int FirstPosition, int[] Pages);
