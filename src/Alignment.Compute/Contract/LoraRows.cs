namespace Alignment.Compute.Contract;

/// <summary>Which rows of a batch, and which columns of the output, one LoRA pair adds to.</summary>
/// <param name="Pair">The pair.</param>
/// <param name="FirstRow">First row of the batch.</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="FirstColumn">First column of the output: projections that share one matrix (q, k, v) lie side by side.</param>
public readonly record struct LoraRows(Lora Pair, int FirstRow, int Rows, int FirstColumn);
