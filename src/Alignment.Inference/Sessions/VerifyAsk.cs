using Alignment.Compute.Contract.NextToken;

namespace Alignment.Inference.Sessions;

/// <summary>
/// The next tokens by a rule, with a guess at them (Leviathan et al., 2023, "Fast inference from transformers via speculative decoding",
/// for a sequence whose draws are fixed by its stream). The guess is appended, each of its tokens gives an output beside the last one
/// known, and from every output the sequence draws its own token. The guess stands as far as it equals them; the first own token that
/// differs, or follows it, takes its place.
/// </summary>
internal sealed class VerifyAsk(Sequence sequence) : Ask<IReadOnlyList<TokenChoice>>(sequence)
{
    private readonly PositionStates _states = new(sequence);
    private readonly List<TokenChoice> _drawn = [];
    private TokenChoice[] _choices = [];
    private NextTokenRule _rule = null!;
    private int _before;

    public override string Name => "verification";

    public override GuidePaths GuidePaths => GuidePaths.Read;

    public override bool NeedsLogits => true;

    public override int ChosenTokens => _drawn.Count;

    /// <summary>Appends the guess.</summary>
    public void Use(ReadOnlySpan<int> draft, NextTokenRule rule)
    {
        (_rule, _before) = (rule, Sequence.Length);
        _drawn.Clear();
        if (_choices.Length <= draft.Length || _choices[0].Top.Length != rule.TopLogProbabilities)
        {
            _choices = NewChoices(draft.Length + 1);
        }

        try
        {
            foreach (int token in draft)
            {
                Sequence.Append(token);
            }
        }
        catch (MethodFaultException)
        {
            Sequence.Truncate(_before);
            throw;
        }
    }

    public override void Promise(int outputs)
    {
        base.Promise(outputs);
        _states.Fill(_rule, Next + 1, outputs);
    }

    public override Draw Draw(int output, int index)
        => new(_rule, _states.Counts(output), _states.Mask(output), Sequence.Stream.Word, _choices[_drawn.Count + output]);

    public override void Fail(Exception fault)
    {
        Sequence.Truncate(_before);
        base.Fail(fault);
    }

    protected override bool Take(int outputs)
    {
        bool stands = true;
        for (int i = 0; i < outputs && stands; i++)
        {
            stands = Take(_choices[_drawn.Count]);
        }

        return stands;
    }

    protected override IReadOnlyList<TokenChoice> Finish() => _drawn;

    private TokenChoice[] NewChoices(int count)
        => [.. Enumerable.Range(0, count).Select(_ => new TokenChoice(_rule.TopLogProbabilities, Sequence.Guides.Count))];

    /// <returns>Whether the guess stands here and goes on.</returns>
    private bool Take(TokenChoice choice)
    {
        int position = _before + _drawn.Count;
        if (choice.Token < 0 && _drawn.Count > 0)
        {
            // What was drawn before it counts; whoever draws on is told.
            Sequence.Truncate(position);
            return false;
        }

        Require(choice);
        _drawn.Add(choice);
        if (position < Sequence.Length && Sequence.Tokens[position] == choice.Token)
        {
            return true;
        }

        Sequence.Truncate(position);
        Sequence.Append(choice.Token);
        return false;
    }
}
