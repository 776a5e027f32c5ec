using Alignment.Compute.Contract.NextToken;

namespace Alignment.Inference.Tests;

/// <summary>All numbers of one choice; equal means equal bits.</summary>
internal sealed record StepRecord(int Token, int Aligned, int Frozen, int Sampled, long Divergence, string Guides, string Top)
{
    public static StepRecord Of(TokenChoice choice) => new(
        choice.Token,
        BitConverter.SingleToInt32Bits(choice.LogProbability),
        BitConverter.SingleToInt32Bits(choice.FrozenLogProbability),
        BitConverter.SingleToInt32Bits(choice.SampledLogProbability),
        BitConverter.DoubleToInt64Bits(choice.Divergence),
        string.Join(' ', choice.GuideLogProbabilities.Select(BitConverter.SingleToInt32Bits)),
        string.Join(' ', choice.Top.Select(top => (top.Token, BitConverter.SingleToInt32Bits(top.LogProbability)))));
}
