using Alignment.Compute.Contract.Training;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards.Adapters;

/// <summary>A LoRA pair over one projection W [out, in]: W + scale * B A. Offsets are into the flat array of all pairs.</summary>
/// <param name="Target">The projection in the model.</param>
/// <param name="A">[rank, in].</param>
/// <param name="B">[out, rank].</param>
/// <param name="Rank">Inner size.</param>
/// <param name="Scale">alpha / rank.</param>
/// <param name="Frozen">Where the projection's own numbers were put aside.</param>
internal sealed unsafe record LoraPair(ParameterTensor Target, ParameterTensor A, ParameterTensor B, int Rank, float Scale, long Frozen)
{
    private int Outputs => Target.Shape[0];

    private int Inputs => Target.Shape[1];

    /// <summary>merged = frozen + scale * B A, both [out, in]; <paramref name="scaled"/> is room for A or B.</summary>
    public void Merge(float* pairs, float* frozen, ITrainingBackend backend, float* scaled, float* merged)
    {
        backend.Copy(frozen + Frozen, Target.Length, merged + Target.Offset);
        backend.Scale(pairs + B.Offset, Scale, B.Length, scaled);
        backend.MatMul(
            new MatrixView(scaled, Rank),
            new MatrixView(pairs + A.Offset, Inputs),
            Outputs,
            Inputs,
            Rank,
            accumulate: true,
            merged + Target.Offset,
            Inputs);
    }

    /// <summary>The chain rule through <see cref="Merge"/>: dB += scale * dW A^T, dA += scale * B^T dW.</summary>
    public void Backward(float* pairs, float* dModel, ITrainingBackend backend, float* scaled, float* dPairs)
    {
        MatrixView dW = new(dModel + Target.Offset, Inputs);
        backend.Scale(pairs + A.Offset, Scale, A.Length, scaled);
        backend.MatMul(dW, new MatrixView(scaled, Inputs).Transposed, Outputs, Rank, Inputs, accumulate: true, dPairs + B.Offset, Rank);
        backend.Scale(pairs + B.Offset, Scale, B.Length, scaled);
        backend.MatMul(new MatrixView(scaled, Rank).Transposed, dW, Rank, Inputs, Outputs, accumulate: true, dPairs + A.Offset, Inputs);
    }
}
