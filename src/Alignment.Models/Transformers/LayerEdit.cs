using Alignment.Compute.Contract;

namespace Alignment.Models.Transformers;

/// <summary>An edit of a batch and the layer whose result it changes.</summary>
internal readonly record struct LayerEdit(int Layer, Tensor Vectors, RowEdit Rows);
