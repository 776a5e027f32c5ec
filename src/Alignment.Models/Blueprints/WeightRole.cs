namespace Alignment.Models.Blueprints;

/// <summary>What a weight is for, whatever a file calls it.</summary>
public enum WeightRole
{
    /// <summary>A row for each token.</summary>
    Embedding,

    /// <summary>Norm before the attention of a layer.</summary>
    InputNorm,

    /// <summary>Projection to the queries.</summary>
    Query,

    /// <summary>Projection to the keys.</summary>
    Key,

    /// <summary>Projection to the values.</summary>
    Value,

    /// <summary>Added to the queries.</summary>
    QueryBias,

    /// <summary>Added to the keys.</summary>
    KeyBias,

    /// <summary>Added to the values.</summary>
    ValueBias,

    /// <summary>Norm of every head of the queries.</summary>
    QueryNorm,

    /// <summary>Norm of every head of the keys.</summary>
    KeyNorm,

    /// <summary>Projection of the attended values back to the residual stream.</summary>
    Output,

    /// <summary>Norm between attention and feed-forward.</summary>
    MiddleNorm,

    /// <summary>Projection that the activation gates.</summary>
    Gate,

    /// <summary>Projection that is gated.</summary>
    Up,

    /// <summary>Projection of the gated values back to the residual stream.</summary>
    Down,

    /// <summary>Norm after the last layer.</summary>
    FinalNorm,

    /// <summary>Projection to the logits.</summary>
    Head,
}
