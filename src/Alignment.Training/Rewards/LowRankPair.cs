using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards;

/// <summary>A LoRA pair over one projection W [out, in]: W + scale * B A. Offsets are into the flat array of all pairs.</summary>
/// <param name="Target">The projection in the model.</param>
/// <param name="A">[rank, in].</param>
/// <param name="B">[out, rank].</param>
/// <param name="Rank">Inner size.</param>
/// <param name="Scale">alpha / rank.</param>
internal sealed record LowRankPair(ParameterTensor Target, ParameterTensor A, ParameterTensor B, int Rank, float Scale)
{
    private int Outputs => Target.Shape[0];

    private int Inputs => Target.Shape[1];

    /// <summary>merged = frozen + scale * B A, both [out, in].</summary>
    public unsafe void Merge(float* pairs, float* frozen, float* merged)
    {
        for (int row = 0; row < Outputs; row++)
        {
            float* b = pairs + B.Offset + ((long)row * Rank);
            long start = Target.Offset + ((long)row * Inputs);
            for (int column = 0; column < Inputs; column++)
            {
                float sum = 0;
                for (int k = 0; k < Rank; k++)
                {
                    sum += b[k] * pairs[A.Offset + ((long)k * Inputs) + column];
                }

                merged[start + column] = frozen[start + column] + (Scale * sum);
            }
        }
    }

    /// <summary>The chain rule through <see cref="Merge"/>: dB += scale * dW A^T, dA += scale * B^T dW.</summary>
    public unsafe void Backward(float* pairs, float* dModel, float* dPairs)
    {
        for (int row = 0; row < Outputs; row++)
        {
            float* dW = dModel + Target.Offset + ((long)row * Inputs);
            for (int k = 0; k < Rank; k++)
            {
                float* a = pairs + A.Offset + ((long)k * Inputs);
                float* dA = dPairs + A.Offset + ((long)k * Inputs);
                long at = B.Offset + ((long)row * Rank) + k;
                float b = Scale * pairs[at];
                float sum = 0;
                for (int column = 0; column < Inputs; column++)
                {
                    sum += dW[column] * a[column];
                    dA[column] += b * dW[column];
                }

                dPairs[at] += Scale * sum;
            }
        }
    }
}
