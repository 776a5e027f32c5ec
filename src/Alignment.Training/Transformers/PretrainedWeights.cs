using Alignment.Compute.Threading;
using Alignment.Models.Checkpoints;

namespace Alignment.Training.Transformers;

/// <summary>Starts training from a checkpoint instead of random numbers.</summary>
public static class PretrainedWeights
{
    /// <summary>Reads all tensors of a checkpoint as f32, packed for a first pass; the caller owns the model.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing or damaged.</exception>
    public static unsafe TrainableTransformer Load(Checkpoint checkpoint, ThreadTeam team)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        TrainableTransformer model = new(checkpoint.Config);
        foreach (ParameterTensor tensor in model.Layout.Tensors)
        {
            int rows = tensor.Shape.Count == 1 ? 1 : tensor.Shape[0];
            checkpoint.ReadNumbers(tensor.Name, rows, tensor.Shape[^1]).CopyTo(new Span<float>(model.Values.Pointer + tensor.Offset, checked((int)tensor.Length)));
        }

        model.Repack(team);
        return model;
    }
}
