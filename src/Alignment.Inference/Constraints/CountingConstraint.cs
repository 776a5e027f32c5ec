using Alignment.Compute.Contract.NextToken;

namespace Alignment.Inference.Constraints;

/// <summary>
/// What a sequence's rules read of its tokens: what the method's constraint allows, which is told those behind the prompt, and how often
/// each has occurred, once a rule has penalties. Knows the prompt too, and goes back into it. Allocates nothing but forks.
/// </summary>
/// <param name="inner">The method's; null: everything is allowed.</param>
/// <param name="promptLength">Tokens of the prompt, behind which it begins.</param>
internal sealed class CountingConstraint(GuardedConstraint? inner, int promptLength)
{
    /// <summary>Tokens behind the prompt; negative where so many of the prompt are still to come.</summary>
    private int _behind;

    /// <inheritdoc cref="IConstraint.Mask"/>
    /// <exception cref="MethodFaultException">The method's constraint has failed, or knows fewer tokens than the model.</exception>
    public TokenMask? Mask => _behind < 0 ? null : inner?.Mask;

    /// <inheritdoc cref="IConstraint.Forced"/>
    /// <exception cref="MethodFaultException">The method's constraint has failed, or names a token that the model lacks.</exception>
    public int? Forced => inner?.Forced;

    /// <summary>Occurrences so far; null: no rule has asked for them.</summary>
    public TokenCounts? Counts { get; private set; }

    /// <summary>Counts from now on, where the rule has penalties and is the first; what there is already, now.</summary>
    public void CountFor(NextTokenRule rule, ReadOnlySpan<int> tokens)
    {
        if (Counts is null && rule.Penalises)
        {
            (Counts, _behind) = (new TokenCounts(), -promptLength);
            foreach (int token in tokens)
            {
                Count(_behind++, token, 1);
            }
        }
    }

    public void Accept(int token)
    {
        if (_behind >= 0)
        {
            inner?.Accept(token);
        }

        Count(_behind++, token, 1);
    }

    public void Rewind(int token)
    {
        if (_behind > 0)
        {
            inner?.Rewind(token);
        }

        Count(--_behind, token, -1);
    }

    /// <exception cref="MethodFaultException">The method's constraint fails.</exception>
    public CountingConstraint Fork() => new(inner?.Fork(), promptLength) { _behind = _behind, Counts = Counts?.Clone() };

    /// <exception cref="MethodFaultException">The method's constraint has failed.</exception>
    public void ThrowIfFailed() => inner?.ThrowIfFailed();

    private void Count(int behind, int token, int times)
    {
        if (behind < 0)
        {
            Counts?.AddPrompt(token, times);
        }
        else
        {
            Counts?.AddResponse(token, times);
        }
    }
}
