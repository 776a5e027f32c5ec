namespace Alignment.Models.Transformers;

/// <summary>Which hidden state of a layer, in the order of computing.</summary>
public enum HiddenSite
{
    /// <summary>What the attention adds to the residual stream: its output projection's result.</summary>
    Attention,

    /// <summary>The residual stream as it leaves the layer.</summary>
    Residual,
}

/// <summary>A place inside the model where hidden states may be read (taps) and changed (edits).</summary>
/// <param name="Layer">The layer, from 0.</param>
/// <param name="Site">Where in it.</param>
public readonly record struct HiddenPlace(int Layer, HiddenSite Site = HiddenSite.Residual)
{
    /// <summary>When a pass comes by: later places have larger numbers.</summary>
    internal int Order => (2 * Layer) + (int)Site;
}
