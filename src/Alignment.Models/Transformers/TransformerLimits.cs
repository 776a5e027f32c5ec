using Alignment.Models.Configuration;

namespace Alignment.Models.Transformers;

/// <summary>Sizes of the activations that a <see cref="Transformer"/> allocates once.</summary>
/// <param name="MaxRows">Tokens a forward pass computes at most.</param>
/// <param name="MaxOutputs">Rows of a pass whose hidden state, and logits where asked for, are kept at most.</param>
/// <param name="MaxTaps">Hidden states between the layers that a pass keeps at most; none unless asked for.</param>
public sealed record TransformerLimits(
    int MaxRows = TransformerLimits.LeastRows, int MaxOutputs = TransformerLimits.LeastOutputs, int MaxTaps = 0)
{
    private const int LeastRows = 512;
    private const int LeastOutputs = 64;

    /// <summary>Part of the memory that rows, and outputs, may take.</summary>
    private const int Share = 16;

    /// <summary>As much of this as a device has memory for, but never less than the default where more than that is asked for.</summary>
    /// <param name="config">Shape of the model.</param>
    /// <param name="available">Bytes of the device's memory that nothing uses once the weights are loaded.</param>
    public TransformerLimits Within(ModelConfig config, long available)
    {
        ArgumentNullException.ThrowIfNull(config);
        long row = sizeof(float) * (
            (3L * config.HiddenSize) + (2L * config.QuerySize) + (2L * config.KeyValueSize) + (3L * config.IntermediateSize));
        long output = sizeof(float) * ((long)config.HiddenSize + config.VocabularySize);
        return this with
        {
            MaxRows = Fit(MaxRows, LeastRows, available / Share / row),
            MaxOutputs = Fit(MaxOutputs, LeastOutputs, available / Share / output),
        };
    }

    private static int Fit(int wanted, int least, long fit) => (int)Math.Min(wanted, Math.Max(least, fit));
}
