namespace Alignment.Compute.Contract.NextToken;

/// <summary>
/// Which tokens of a vocabulary may be chosen, a bit for each; none at first. Belongs to whoever made it: a backend reads it during
/// its one call and keeps nothing of it, so that one mask serves every step.
/// </summary>
/// <param name="vocabulary">Number of tokens.</param>
public sealed class TokenMask(int vocabulary)
{
    /// <summary>Tokens of one word.</summary>
    public const int WordSize = 64;

    private readonly ulong[] _words = new ulong[(vocabulary + WordSize - 1) / WordSize];

    /// <summary>Number of tokens.</summary>
    public int Vocabulary => vocabulary;

    /// <summary>Token t is bit <c>t % 64</c> of word <c>t / 64</c>; bits past the vocabulary mean nothing.</summary>
    public ReadOnlySpan<ulong> Words => _words;

    /// <summary>Whether a token may be chosen.</summary>
    /// <exception cref="IndexOutOfRangeException">There is no such token.</exception>
    public bool this[int token]
    {
        get => (_words[token / WordSize] >> (token % WordSize) & 1) != 0;
        set => _words[token / WordSize] = value
            ? _words[token / WordSize] | (1UL << (token % WordSize))
            : _words[token / WordSize] & ~(1UL << (token % WordSize));
    }

    /// <summary>Allows what another one allows, which has at least as many tokens.</summary>
    public void CopyFrom(TokenMask other) => other.Words[.._words.Length].CopyTo(_words);

    /// <summary>Allows every token, or none.</summary>
    public void Fill(bool allowed) => Array.Fill(_words, allowed ? ulong.MaxValue : 0);
}
