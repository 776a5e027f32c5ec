using Alignment.Models.Configuration;
using Alignment.Models.Transformers;

namespace Alignment.Inference.HiddenStates;

/// <summary>
/// Hidden states of one token at several places, before any norm and edits included. They cost no row: the pass computes them anyway.
/// </summary>
/// <param name="places">Where; at most <see cref="TransformerLimits.MaxTaps"/>.</param>
/// <param name="hiddenSize">Width of the model whose states they receive.</param>
public sealed class HiddenTaps(IReadOnlyList<HiddenPlace> places, int hiddenSize)
{
    private readonly float[][] _states = [.. places.Select(_ => new float[hiddenSize])];

    /// <summary>Where.</summary>
    public IReadOnlyList<HiddenPlace> Places { get; } = [.. places];

    /// <summary>The state at a place, <c>[hidden]</c>; overwritten by the next ask that has these taps.</summary>
    public ReadOnlySpan<float> this[int index] => _states[index];

    /// <summary>Whether a pass of the model fills them, which has room for at most so many.</summary>
    internal bool Fit(ModelConfig model, int most)
    {
        bool fit = Places.Count <= most && hiddenSize == model.HiddenSize;
        for (int i = 0; i < Places.Count; i++)
        {
            fit &= (uint)Places[i].Layer < (uint)model.Layers && Enum.IsDefined(Places[i].Site);
        }

        return fit;
    }

    internal float[] Buffer(int index) => _states[index];
}
