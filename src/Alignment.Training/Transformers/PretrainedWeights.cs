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

        // The sizes come from config.json: only the weights themselves say that there is so much to hold.
        foreach (ParameterTensor tensor in new ParameterLayout(checkpoint.Config).Tensors)
        {
            checkpoint.Read(tensor.Name, Rows(tensor), tensor.Shape[^1]);
        }

        TrainableTransformer model = new(checkpoint.Config);
        foreach (ParameterTensor tensor in model.Layout.Tensors)
        {
            checkpoint.ReadNumbers(tensor.Name, Rows(tensor), tensor.Shape[^1]).CopyTo(new Span<float>(model.Values.Pointer + tensor.Offset, checked((int)tensor.Length)));
        }

        model.Repack(team);
        return model;
    }

    private static int Rows(ParameterTensor tensor) => tensor.Shape.Count == 1 ? 1 : tensor.Shape[0];
}
