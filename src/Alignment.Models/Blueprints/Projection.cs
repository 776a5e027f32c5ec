namespace Alignment.Models.Blueprints;

/// <summary>The four products of a layer, as they are fused: weights that read the same input are one product.</summary>
public enum Projection
{
    /// <summary>q, k and v.</summary>
    QueryKeyValue,

    /// <summary>o.</summary>
    Output,

    /// <summary>gate and up.</summary>
    GateUp,

    /// <summary>down.</summary>
    Down,
}
