using Alignment.Models.Transformers;

namespace Alignment.Inference.HiddenStates;

/// <summary>
/// Hidden states of one token at several places, before any norm and edits included. They cost no row: the pass computes them anyway.
/// </summary>
/// <param name="places">Where; at most <see cref="TransformerLimits.MaxTaps"/>.</param>
/// <param name="hiddenSize">Width of the model.</param>
public sealed class HiddenTaps(IReadOnlyList<HiddenPlace> places, int hiddenSize)
{
    private readonly float[][] _states = [.. places.Select(_ => new float[hiddenSize])];

    /// <summary>Where.</summary>
    public IReadOnlyList<HiddenPlace> Places { get; } = [.. places];

    /// <summary>The state at a place, <c>[hidden]</c>; overwritten by the next ask that has these taps.</summary>
    public ReadOnlySpan<float> this[int index] => _states[index];

    internal bool Fit(int layers, int most)
    {
        bool fit = Places.Count <= most;
        for (int i = 0; i < Places.Count; i++)
        {
            fit &= (uint)Places[i].Layer < (uint)layers;
        }

        return fit;
    }

    internal float[] Buffer(int index) => _states[index];
}
