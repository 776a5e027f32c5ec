using Alignment.Compute.Contract.NextToken;
using Alignment.Inference.Constraints;

namespace Alignment.Inference.Sessions;

/// <summary>
/// What a rule reads of the tokens before each of consecutive positions: what its penalties count, and the mask of the constraint. Grows to
/// the most positions of a pass, then allocates nothing.
/// </summary>
internal sealed class PositionStates(Sequence sequence)
{
    private readonly List<TokenCounts> _counts = [];
    private readonly List<TokenMask> _masks = [];
    private readonly List<bool> _isMasked = [];
    private bool _penalises;
    private MethodFaultException? _fault;

    public TokenCounts? Counts(int position) => _penalises ? _counts[position] : null;

    public TokenMask? Mask(int position)
        => sequence.Constraint is not null && _fault is null && _isMasked[position] ? _masks[position] : null;

    /// <summary>
    /// States before token <paramref name="first"/> and each of those after it. Costs a walk over the tokens, and a copy for each position.
    /// </summary>
    public void Fill(NextTokenRule rule, int first, int count)
    {
        _penalises = rule.Penalises;
        if (_penalises)
        {
            FillCounts(first, count);
        }

        if (sequence.Constraint is { } constraint)
        {
            TryFillMasks(constraint, first, count);
        }
    }

    /// <summary>To be called when the pass is over: while it is planned, rows of others are in it that a fault must not touch.</summary>
    /// <exception cref="MethodFaultException">The constraint has failed meanwhile.</exception>
    public void ThrowIfFailed()
    {
        if (_fault is { } fault)
        {
            throw fault;
        }
    }

    /// <summary>Counts a token as part of the prompt or of the response.</summary>
    public static void Add(Sequence sequence, int index, TokenCounts counts)
    {
        if (index < sequence.PromptLength)
        {
            counts.AddPrompt(sequence.Tokens[index]);
        }
        else
        {
            counts.AddResponse(sequence.Tokens[index]);
        }
    }

    private void FillCounts(int first, int count)
    {
        while (_counts.Count < count)
        {
            _counts.Add(new TokenCounts());
        }

        _counts[0].Clear();
        for (int i = 0; i < first; i++)
        {
            Add(sequence, i, _counts[0]);
        }

        for (int i = 1; i < count; i++)
        {
            _counts[i].CopyFrom(_counts[i - 1]);
            Add(sequence, first + i - 1, _counts[i]);
        }
    }

    private void TryFillMasks(IConstraint constraint, int first, int count)
    {
        _fault = null;
        try
        {
            FillMasks(constraint, first, count);
        }
        catch (MethodFaultException failed)
        {
            _fault = failed;
        }
    }

    /// <summary>The constraint goes back to the first position and forward again; of the prompt it knows nothing.</summary>
    private void FillMasks(IConstraint constraint, int first, int count)
    {
        int start = Math.Max(first, sequence.PromptLength);
        constraint.Rewind(sequence.Length - start);
        for (int i = 0; i < count; i++)
        {
            int index = first + i;
            KeepMask(i, index < start ? null : constraint.Mask);
            if (index >= start && index < sequence.Length)
            {
                constraint.Accept(sequence.Tokens[index]);
            }
        }

        for (int index = Math.Max(start, first + count); index < sequence.Length; index++)
        {
            constraint.Accept(sequence.Tokens[index]);
        }
    }

    private void KeepMask(int position, TokenMask? mask)
    {
        if (position == _masks.Count)
        {
            _masks.Add(new TokenMask(sequence.Model.Config.VocabularySize));
            _isMasked.Add(false);
        }

        _isMasked[position] = mask is not null;
        if (mask is not null)
        {
            _masks[position].CopyFrom(mask);
        }
    }
}
