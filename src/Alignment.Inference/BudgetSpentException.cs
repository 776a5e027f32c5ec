namespace Alignment.Inference;

/// <summary>The session has spent its forward tokens. A program may catch it and return the best answer that it has so far.</summary>
/// <param name="forwardTokens">Tokens that were computed for it.</param>
public sealed class BudgetSpentException(long forwardTokens)
    : MethodFaultException($"The request's budget of forward tokens is spent ({forwardTokens}).");
