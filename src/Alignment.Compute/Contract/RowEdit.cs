namespace Alignment.Compute.Contract;

/// <summary>One vector, added with a strength to consecutive rows: a steering vector on the tokens of a sequence.</summary>
/// <param name="FirstRow">First row that it is added to.</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="Vector">Row of the tensor of vectors.</param>
/// <param name="Strength">Multiplies the vector.</param>
public readonly record struct RowEdit(int FirstRow, int Rows, int Vector, float Strength)
{
    /// <summary>Whether the vector is one of so many, and the rows lie within so many.</summary>
    public bool Fits(int vectors, int rows) => (uint)Vector < (uint)vectors && FirstRow >= 0 && Rows >= 0 && Rows <= rows - FirstRow;
}
