
namespace Alignment.Compute.Contract;

/// <summary>
/// One source of next-token scores for one row: its log-softmax, times the weight, is added to the model's logits (GenARM, eq. 5).
/// </summary>
/// <param name="Logits">Where the guide's logits are, <c>[rows, vocab]</c>.</param>
/// <param name="Row">Which row.</param>
/// <param name="Weight">1 / beta; 0 must leave the row bit for bit as it was.</param>
public readonly record struct GuideRow(Tensor Logits, int Row, float Weight);
