using Alignment.Compute.Contract.NextToken;

namespace Alignment.Inference.Constraints;

/// <summary>
/// A method's constraint, as the engine calls it: whatever is wrong with what it says or throws is a fault of its own request. Once it has
/// failed it is not called again: going on and back never throws, so that a sequence and its states stay in step, and whoever asks what is
/// allowed is told. Allocates nothing but forks.
/// </summary>
/// <param name="inner">The method's own.</param>
/// <param name="vocabulary">Tokens of the model.</param>
internal sealed class GuardedConstraint(IConstraint inner, int vocabulary) : IConstraint
{
    private MethodFaultException? _fault;

    /// <exception cref="MethodFaultException">It has failed, or knows fewer tokens than the model.</exception>
    public TokenMask? Mask
    {
        get
        {
            TokenMask? mask = Call(static (constraint, _) => constraint.Mask, 0);
            return mask is null || mask.Vocabulary >= vocabulary
                ? mask
                : throw Failed($"The constraint knows {mask.Vocabulary} tokens, fewer than the model.");
        }
    }

    /// <exception cref="MethodFaultException">It has failed, or names a token that the model does not have.</exception>
    public int? Forced
    {
        get
        {
            int? token = Call(static (constraint, _) => constraint.Forced, 0);
            return token is null || (uint)token.Value < (uint)vocabulary
                ? token
                : throw Failed($"The constraint demands token {token}, which the model does not have.");
        }
    }

    public void Accept(int token) => Tell(
        static (constraint, token) =>
        {
            constraint.Accept(token);
            return true;
        },
        token);

    public void Rewind(int token) => Tell(
        static (constraint, token) =>
        {
            constraint.Rewind(token);
            return true;
        },
        token);

    /// <exception cref="MethodFaultException">It has failed.</exception>
    public GuardedConstraint Fork() => new(Call(static (constraint, _) => constraint.Fork(), 0), vocabulary);

    IConstraint IConstraint.Fork() => Fork();

    /// <exception cref="MethodFaultException">It has failed.</exception>
    public void ThrowIfFailed()
    {
        if (_fault is { } fault)
        {
            throw fault;
        }
    }

    private void Tell(Func<IConstraint, int, bool> tell, int token)
    {
        try
        {
            Call(tell, token);
        }
        catch (MethodFaultException)
        {
            // Kept: the next question is answered with it.
        }
    }

    private T Call<T>(Func<IConstraint, int, T> call, int argument)
    {
        ThrowIfFailed();
        try
        {
            return call(inner, argument);
        }
#pragma warning disable CA1031 // A method's code: whatever it throws is its request's result.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            throw Failed($"The constraint has failed: {thrown.Message}", thrown);
        }
    }

    private MethodFaultException Failed(string message, Exception? cause = null) => _fault = new MethodFaultException(message, cause);
}
