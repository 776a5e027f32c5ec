using Alignment.Compute.Contract.NextToken;

namespace Alignment.Inference.Sessions;

/// <summary>One use of an output's logits.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Counts">Occurrences of the tokens before it, where the rule has penalties.</param>
/// <param name="Mask">The tokens that may be drawn; null: all.</param>
/// <param name="Stream">Which random stream draws.</param>
/// <param name="Choice">Receives the result.</param>
/// <param name="Given">A token that is known already: nothing is drawn.</param>
internal readonly record struct Draw(
    NextTokenRule Rule, TokenCounts? Counts, TokenMask? Mask, ulong Stream, TokenChoice Choice, int? Given = null);
