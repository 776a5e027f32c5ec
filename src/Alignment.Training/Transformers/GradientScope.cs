namespace Alignment.Training.Transformers;

/// <summary>Which weight gradients the backward pass computes.</summary>
public enum GradientScope
{
    /// <summary>Every parameter.</summary>
    All,

    /// <summary>Only the attention projections: enough for adapters on q, k, v and o, at half the cost.</summary>
    Attention,
}
