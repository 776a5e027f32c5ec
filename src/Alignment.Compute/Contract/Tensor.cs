namespace Alignment.Compute.Contract;

/// <summary>
/// A row-major f32 matrix in a backend's memory: activations, norm weights, biases. Only the backend that made it can read it.
/// The creator owns it and disposes it.
/// </summary>
public abstract class Tensor(int rows, int columns) : IDisposable
{
    /// <summary>Rows it has room for; an operation says how many of them it uses.</summary>
    public int Rows { get; } = rows;

    /// <summary>Numbers per row.</summary>
    public int Columns { get; } = columns;

    /// <inheritdoc/>
    public abstract void Dispose();
}
