using Alignment.Models.Blueprints;

namespace Alignment.Training.Transformers;

/// <summary>One named tensor inside the flat array of parameters.</summary>
/// <param name="Name">Its Hugging Face name.</param>
/// <param name="Shape">[out, in] for a matrix, [size] for a vector.</param>
/// <param name="Offset">First element in the flat array.</param>
public sealed record ParameterTensor(string Name, IReadOnlyList<int> Shape, long Offset)
{
    /// <summary>What it is in the model; null for what is none of the model's weights.</summary>
    public WeightBlueprint? Weight { get; init; }

    /// <summary>Number of elements.</summary>
    public long Length => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Whether weight decay applies: to matrices, not to norms and biases.</summary>
    public bool Decays => Shape.Count > 1;
}
