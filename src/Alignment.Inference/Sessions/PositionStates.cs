using Alignment.Compute.Contract.NextToken;
using Alignment.Inference.Constraints;

namespace Alignment.Inference.Sessions;

/// <summary>
/// What a rule reads of the tokens before each of consecutive positions: what its penalties count, and the mask of the constraint. Grows to
/// the most positions of a pass, then allocates nothing.
/// </summary>
internal sealed class PositionStates(Sequence sequence)
{
    private readonly List<State> _states = [];
    private bool _penalises;

    public TokenCounts? Counts(int position) => _penalises ? _states[position].Counts : null;

    public TokenMask? Mask(int position) => _states[position].IsMasked ? _states[position].Mask : null;

    /// <summary>
    /// States before token <paramref name="first"/> and each of those after it. Costs a walk back to there and forward again, and a copy
    /// for each position. A constraint that fails on the way is told of when the ask is settled: rows of others are in the pass too.
    /// </summary>
    public void Fill(NextTokenRule rule, int first, int count)
    {
        _penalises = rule.Penalises;
        CountingConstraint constraint = sequence.Constraint;
        for (int i = sequence.Length - 1; i >= first; i--)
        {
            constraint.Rewind(sequence.Tokens[i]);
        }

        for (int i = 0; first + i <= sequence.Length; i++)
        {
            if (i < count)
            {
                Keep(i, constraint);
            }

            if (first + i < sequence.Length)
            {
                constraint.Accept(sequence.Tokens[first + i]);
            }
        }
    }

    private void Keep(int position, CountingConstraint constraint)
    {
        if (position == _states.Count)
        {
            _states.Add(new State(sequence.Model.Config.VocabularySize));
        }

        State state = _states[position];
        if (_penalises)
        {
            state.Counts.CopyFrom(constraint.Counts!);
        }

        TokenMask? mask = MaskOf(constraint);
        state.IsMasked = mask is not null;
        if (mask is not null)
        {
            state.Mask.CopyFrom(mask);
        }
    }

    private static TokenMask? MaskOf(CountingConstraint constraint)
    {
        try
        {
            return constraint.Mask;
        }
        catch (MethodFaultException)
        {
            return null;
        }
    }

    private sealed class State(int vocabulary)
    {
        private TokenMask? _mask;

        public TokenCounts Counts { get; } = new();

        public TokenMask Mask => _mask ??= new TokenMask(vocabulary);

        public bool IsMasked { get; set; }
    }
}
