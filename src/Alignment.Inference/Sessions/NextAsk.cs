using Alignment.Compute.Contract.NextToken;
using Alignment.Inference.HiddenStates;

namespace Alignment.Inference.Sessions;

/// <summary>The next token by a rule, appended; on demand also the hidden states that it was drawn from.</summary>
internal sealed class NextAsk(Sequence sequence) : Ask<TokenChoice>(sequence)
{
    private NextTokenRule _rule = null!;
    private TokenChoice _choice = new(0, sequence.Guides.Count);
    private TokenMask? _mask;
    private float[]? _hidden;
    private HiddenTaps? _taps;

    public override string Name => "next token";

    public override GuidePaths GuidePaths => GuidePaths.Read;

    public override bool NeedsLogits => true;

    public override float[]? Hidden => _hidden;

    public override HiddenTaps? Taps => _taps;

    public override int ChosenTokens => 1;

    protected override TokenChoice Finish() => _choice;

    public void Use(NextTokenRule rule, float[]? hidden, HiddenTaps? taps)
    {
        (_rule, _mask, _hidden, _taps) = (rule, Sequence.Constraint.Mask, hidden, taps);
        if (_choice.Top.Length != rule.TopLogProbabilities)
        {
            _choice = new TokenChoice(rule.TopLogProbabilities, Sequence.Guides.Count);
        }
    }

    public override Draw Draw(int output, int index) => new(_rule, Sequence.Constraint.Counts, _mask, Sequence.Stream.Word, _choice);

    protected override bool Take(int outputs)
    {
        Require(_choice);
        Sequence.Append(_choice.Token);
        return true;
    }
}
