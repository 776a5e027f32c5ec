using Alignment.Inference.HiddenStates;

namespace Alignment.Inference.Sessions;

/// <summary>
/// All known tokens computed, and the last one's hidden states. They are the frozen model's alone: the guides' paths only catch up to the
/// token before.
/// </summary>
internal sealed class HiddenAsk(Sequence sequence, float[] hidden) : Ask<bool>(sequence)
{
    private HiddenTaps? _taps;

    public override string Name => "hidden state";

    public override GuidePaths GuidePaths => GuidePaths.CatchUp;

    public override bool NeedsLogits => false;

    public override float[]? Hidden => hidden;

    public override HiddenTaps? Taps => _taps;

    public void Use(HiddenTaps? taps) => _taps = taps;

    protected override bool Finish() => true;

    public override Draw Draw(int output, int index) => throw new InvalidOperationException("A hidden state has no logits.");

    protected override bool Take(int outputs) => true;
}
