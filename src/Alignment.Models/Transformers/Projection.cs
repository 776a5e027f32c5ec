namespace Alignment.Models.Transformers;

/// <summary>The four products of a layer, as they are fused.</summary>
internal enum Projection
{
    QueryKeyValue,
    Output,
    GateUp,
    Down,
}
