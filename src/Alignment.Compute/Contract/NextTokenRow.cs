using Alignment.Compute.Contract.NextToken;

namespace Alignment.Compute.Contract;

/// <summary>One row for <see cref="IBackend.ChooseNextTokens"/>.</summary>
/// <param name="Logits">
/// The frozen model's logits, <c>[rows, vocab]</c>; left as they are, so that several rows may draw from the same.
/// </param>
/// <param name="Row">Which row.</param>
/// <param name="Vocabulary">Ids at or above this are padding and never chosen.</param>
/// <param name="Guides">Guides of the row; the first <paramref name="GuideCount"/> entries.</param>
/// <param name="GuideCount">Number of guides in use.</param>
/// <param name="Rule">The rule.</param>
/// <param name="Counts">Occurrences, where the rule has penalties.</param>
/// <param name="Stream">Which random stream draws it: second word of the random counter.</param>
/// <param name="Position">Position of the token to choose: first word of the random counter.</param>
/// <param name="Choice">Receives the result; owned by the sequence.</param>
/// <param name="Given">
/// A token, below the vocabulary, that is known already: nothing is drawn, only its numbers and the most probable tokens are wanted.
/// </param>
/// <param name="Mask">
/// The tokens that may be chosen: the others' scores are negative infinity, whatever the rule says; null allows all.
/// </param>
public readonly record struct NextTokenRow(
    Tensor Logits,
    int Row,
    int Vocabulary,
    GuideRow[] Guides,
    int GuideCount,
    NextTokenRule Rule,
    TokenCounts? Counts,
    ulong Stream,
    int Position,
    TokenChoice Choice,
    int? Given = null,
    TokenMask? Mask = null)
{
    /// <summary>What stands in the place of a token where none has a finite score. Costs a walk over the vocabulary.</summary>
    public int NoToken()
    {
        TokenMask allowed = new(Vocabulary);
        allowed.Fill(allowed: true);
        if (Mask is not null)
        {
            allowed.CopyFrom(Mask);
        }

        foreach (TokenBias bias in Rule.Bias)
        {
            if (float.IsNegativeInfinity(bias.Value) && (uint)bias.Token < (uint)Vocabulary)
            {
                allowed[bias.Token] = false;
            }
        }

        bool isMasked = true;
        for (int token = 0; token < Vocabulary; token++)
        {
            isMasked &= !allowed[token];
        }

        return isMasked ? TokenChoice.Masked : TokenChoice.Overflow;
    }
}
