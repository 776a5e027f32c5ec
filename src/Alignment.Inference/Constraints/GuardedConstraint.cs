using Alignment.Compute.Contract.NextToken;

namespace Alignment.Inference.Constraints;

/// <summary>
/// A method's constraint, as the engine calls it: whatever is wrong with what it says or throws is a fault of its own request. Allocates
/// nothing but forks.
/// </summary>
/// <param name="inner">The method's own.</param>
/// <param name="vocabulary">Tokens of the model.</param>
internal sealed class GuardedConstraint(IConstraint inner, int vocabulary) : IConstraint
{
    /// <exception cref="MethodFaultException">It fails, or knows fewer tokens than the model.</exception>
    public TokenMask? Mask
    {
        get
        {
            TokenMask? mask = Call(static (constraint, _) => constraint.Mask, 0);
            return mask is null || mask.Vocabulary >= vocabulary
                ? mask
                : throw new MethodFaultException($"The constraint knows {mask.Vocabulary} tokens, fewer than the model.");
        }
    }

    /// <exception cref="MethodFaultException">It fails, or names a token that the model does not have.</exception>
    public int? Forced
    {
        get
        {
            int? token = Call(static (constraint, _) => constraint.Forced, 0);
            return token is null || (uint)token.Value < (uint)vocabulary
                ? token
                : throw new MethodFaultException($"The constraint demands token {token}, which the model does not have.");
        }
    }

    /// <exception cref="MethodFaultException">It fails.</exception>
    public void Accept(int token) => Call(
        static (constraint, token) =>
        {
            constraint.Accept(token);
            return true;
        },
        token);

    /// <exception cref="MethodFaultException">It fails.</exception>
    public void Rewind(int count) => Call(
        static (constraint, count) =>
        {
            constraint.Rewind(count);
            return true;
        },
        count);

    /// <exception cref="MethodFaultException">It fails.</exception>
    public IConstraint Fork() => new GuardedConstraint(Call(static (constraint, _) => constraint.Fork(), 0), vocabulary);

    private T Call<T>(Func<IConstraint, int, T> call, int argument)
    {
        try
        {
            return call(inner, argument);
        }
#pragma warning disable CA1031 // A method's code: whatever it throws is its request's result.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            throw new MethodFaultException($"The constraint has failed: {thrown.Message}", thrown);
        }
    }
}
