using System.Runtime.InteropServices;
using Alignment.Compute.Contract.NextToken;
using Alignment.Inference.Constraints;

namespace Alignment.Decoding.Preparation;

/// <summary>
/// One response against the bans of its request. Masks that hold for many steps are the request's and shared; only a step that could
/// complete a bad word of several tokens writes one, into memory that is kept.
/// </summary>
/// <param name="vocabulary">Tokens of the model.</param>
/// <param name="mask">What may be drawn at every step; null: all.</param>
/// <param name="earlyMask">The same while the response is too short to end.</param>
/// <param name="minTokens">How long it must be.</param>
/// <param name="phrases">Bad words of two tokens and more.</param>
internal sealed class StepConstraint(int vocabulary, TokenMask? mask, TokenMask? earlyMask, int minTokens, int[][] phrases) : IConstraint
{
    private readonly List<int> _response = [];
    private TokenMask? _own;

    /// <inheritdoc/>
    public TokenMask? Mask
    {
        get
        {
            ReadOnlySpan<int> response = CollectionsMarshal.AsSpan(_response);
            TokenMask? allowed = response.Length < minTokens ? earlyMask : mask;
            foreach (int[] phrase in phrases)
            {
                allowed = response.EndsWith(phrase.AsSpan(0, phrase.Length - 1)) ? Forbid(phrase[^1], allowed) : allowed;
            }

            return allowed;
        }
    }

    /// <inheritdoc/>
    public int? Forced => null;

    /// <inheritdoc/>
    public void Accept(int token) => _response.Add(token);

    /// <inheritdoc/>
    public void Rewind(int token) => _response.RemoveAt(_response.Count - 1);

    /// <inheritdoc/>
    public IConstraint Fork()
    {
        StepConstraint fork = new(vocabulary, mask, earlyMask, minTokens, phrases);
        fork._response.AddRange(_response);
        return fork;
    }

    /// <summary>Writes into the response's own mask, which begins as what is allowed so far.</summary>
    private TokenMask Forbid(int token, TokenMask? allowed)
    {
        _own ??= new TokenMask(vocabulary);
        if (allowed is null)
        {
            _own.Fill(allowed: true);
        }
        else if (allowed != _own)
        {
            _own.CopyFrom(allowed);
        }

        _own[token] = false;
        return _own;
    }
}
