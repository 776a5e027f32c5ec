namespace Alignment.Models.Blueprints;

/// <summary>The four matmuls of a layer, as they are fused: weights that read the same input are one matmul.</summary>
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
