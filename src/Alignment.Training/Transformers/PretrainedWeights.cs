using Alignment.Compute.Contract.Training;
using Alignment.Models.Checkpoints;

namespace Alignment.Training.Transformers;

/// <summary>Starts training from a checkpoint instead of random numbers.</summary>
public static class PretrainedWeights
{
    /// <summary>Reads all tensors of a checkpoint as f32, ready for a first pass; the caller owns the model.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing, damaged or unknown.</exception>
    public static TrainableTransformer Load(Checkpoint checkpoint, ITrainingBackend backend)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);

        // The sizes come from config.json: only the weights themselves say that there is so much to hold.
        foreach (ParameterTensor tensor in new ParameterLayout(checkpoint.Config).Tensors)
        {
            checkpoint.Read(tensor.Name, Rows(tensor), tensor.Shape[^1]);
        }

        checkpoint.RequireAllRead();
        TrainableTransformer model = new(checkpoint.Config, backend);
        foreach (ParameterTensor tensor in model.Layout.Tensors)
        {
            model.Values.Write(tensor.Offset, checkpoint.ReadNumbers(tensor.Name, Rows(tensor), tensor.Shape[^1]));
        }

        model.Refresh();
        return model;
    }

    private static int Rows(ParameterTensor tensor) => tensor.Shape.Count == 1 ? 1 : tensor.Shape[0];
}
