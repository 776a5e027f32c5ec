using Alignment.Compute.Contract.NextToken;

namespace Alignment.Inference.Sessions;

/// <summary>One of several continuations that were drawn from the same row.</summary>
/// <param name="Sequence">The fork, its first token appended.</param>
/// <param name="Choice">How that token was chosen; never overwritten.</param>
public sealed record Branch(Sequence Sequence, TokenChoice Choice);
