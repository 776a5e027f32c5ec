using Alignment.Compute.Contract.NextToken;

namespace Alignment.Inference.Constraints;

/// <summary>
/// A method's constraint, as the engine calls it: whatever is wrong with what it says or throws is a fault of its own request. Once it has
/// failed it is not called again: going on and back never throws, so that a sequence and its states stay in step, and whoever asks what is
/// allowed is told. Allocates nothing but forks.
/// </summary>
/// <param name="inner">The method's own.</param>
/// <param name="vocabulary">Tokens of the model.</param>
internal sealed class GuardedConstraint(IConstraint inner, int vocabulary)
{
    private MethodFaultException? _fault;

    /// <inheritdoc cref="IConstraint.Mask"/>
    /// <exception cref="MethodFaultException">It has failed, or knows fewer tokens than the model.</exception>
    public TokenMask? Mask
    {
        get
        {
            TokenMask? mask = Ask(static constraint => constraint.Mask);
            return mask is null || mask.Vocabulary >= vocabulary
                ? mask
                : throw Failed($"The constraint knows {mask.Vocabulary} tokens, fewer than the model.");
        }
    }

    /// <inheritdoc cref="IConstraint.Forced"/>
    /// <exception cref="MethodFaultException">It has failed, or names a token that the model does not have.</exception>
    public int? Forced
    {
        get
        {
            int? token = Ask(static constraint => constraint.Forced);
            return token is null || (uint)token.Value < (uint)vocabulary
                ? token
                : throw Failed($"The constraint demands token {token}, which the model does not have.");
        }
    }

    public void Accept(int token) => Tell(static (constraint, token) => constraint.Accept(token), token);

    public void Rewind(int token) => Tell(static (constraint, token) => constraint.Rewind(token), token);

    /// <exception cref="MethodFaultException">It has failed.</exception>
    public GuardedConstraint Fork() => new(Ask(static constraint => constraint.Fork()), vocabulary);

    /// <exception cref="MethodFaultException">It has failed.</exception>
    public void ThrowIfFailed()
    {
        if (_fault is { } fault)
        {
            throw fault;
        }
    }

    /// <summary>Where it fails, that is kept: the next question is answered with it.</summary>
    private void Tell(Action<IConstraint, int> tell, int token)
    {
        if (_fault is not null)
        {
            return;
        }

        try
        {
            tell(inner, token);
        }
#pragma warning disable CA1031 // A method's code: whatever it throws is its request's result.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            Failed(thrown);
        }
    }

    private T Ask<T>(Func<IConstraint, T> ask)
    {
        ThrowIfFailed();
        try
        {
            return ask(inner);
        }
#pragma warning disable CA1031 // As above.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            throw Failed(thrown);
        }
    }

    private MethodFaultException Failed(Exception thrown) => Failed($"The constraint has failed: {thrown.Message}", thrown);

    private MethodFaultException Failed(string message, Exception? cause = null)
        => _fault = new MethodFaultException(message, cause);
}
