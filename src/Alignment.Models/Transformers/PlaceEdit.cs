using Alignment.Compute.Contract;

namespace Alignment.Models.Transformers;

/// <summary>An edit of a batch and the place where it applies.</summary>
internal readonly record struct PlaceEdit(HiddenPlace Place, Tensor Vectors, RowEdit Rows);
