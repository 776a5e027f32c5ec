using System.Runtime.InteropServices;

namespace Alignment.Compute.Contract.NextToken;

/// <summary>
/// How often each token occurs in a prompt and in its response, for the penalties. Kept only for requests whose rule asks for one.
/// </summary>
public sealed class TokenCounts
{
    private readonly Dictionary<int, Occurrences> _counts = [];

    /// <summary>Number of different tokens.</summary>
    public int Count => _counts.Count;

    /// <summary>Every token that occurs, with its counts.</summary>
    public Dictionary<int, Occurrences>.Enumerator GetEnumerator() => _counts.GetEnumerator();

    /// <summary>Counts a token of the prompt; <paramref name="times"/> is -1 when it is taken back.</summary>
    public void AddPrompt(int token, int times = 1) => Add(token, new Occurrences(times, 0));

    /// <summary>Counts a token of the response; <paramref name="times"/> is -1 when it is taken back.</summary>
    public void AddResponse(int token, int times = 1) => Add(token, new Occurrences(0, times));

    /// <summary>Becomes a copy; allocates only where it has never counted as many tokens.</summary>
    public void CopyFrom(TokenCounts other)
    {
        ArgumentNullException.ThrowIfNull(other);
        _counts.Clear();
        foreach ((int token, Occurrences counts) in other._counts)
        {
            _counts[token] = counts;
        }
    }

    /// <summary>A copy for a forked sequence.</summary>
    public TokenCounts Clone()
    {
        var clone = new TokenCounts();
        clone.CopyFrom(this);
        return clone;
    }

    private void Add(int token, Occurrences added)
    {
        ref Occurrences counts = ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, token, out _);
        counts = new Occurrences(counts.Prompt + added.Prompt, counts.Response + added.Response);
        if (counts == default)
        {
            _counts.Remove(token);
        }
    }

    /// <summary>Occurrences of one token.</summary>
    public record struct Occurrences(int Prompt, int Response);
}
