namespace Alignment.Models.Blueprints;

/// <summary>One weight of a model.</summary>
/// <param name="Role">What it is for.</param>
/// <param name="Layer">Whose, from 0; null outside the layers.</param>
/// <param name="Name">What files call it.</param>
/// <param name="Shape">[out, in] for a matrix, [size] for a vector.</param>
public sealed record WeightBlueprint(WeightRole Role, int? Layer, string Name, IReadOnlyList<int> Shape)
{
    /// <summary>Rows of the matrix; 1 for a vector.</summary>
    public int Rows => Shape.Count == 1 ? 1 : Shape[0];

    /// <summary>Columns of the matrix, or the vector's size.</summary>
    public int Columns => Shape[^1];

    /// <summary>A file may leave it out, and what it holds follows from the others: a tied head.</summary>
    public bool IsOptional { get; init; }

    /// <summary>The fused matmul of its layer that it is a part of; null: none.</summary>
    public Projection? Projection { get; init; }

    /// <summary>Where its outputs begin in its output.</summary>
    public int FirstColumn { get; init; }
}
