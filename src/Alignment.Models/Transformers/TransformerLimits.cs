namespace Alignment.Models.Transformers;

/// <summary>Sizes of the activations that a <see cref="Transformer"/> allocates once.</summary>
/// <param name="MaxRows">Tokens a forward pass computes at most.</param>
/// <param name="MaxOutputs">Rows of a pass whose hidden state, and logits where asked for, are kept at most.</param>
/// <param name="MaxTaps">Hidden states between the layers that a pass keeps at most; none unless asked for.</param>
public sealed record TransformerLimits(int MaxRows = 512, int MaxOutputs = 64, int MaxTaps = 0);
