using Alignment.Training.Data.Packing;

namespace Alignment.Training.LanguageModels;

/// <summary>
/// Cuts packed tokens into windows of input and next-token target. Documents were shuffled when they were packed, so windows follow each
/// other; every further pass over the data is cut at other places.
/// </summary>
internal sealed class TokenWindows(PackedTokens data, int length)
{
    private const int PassShift = 197;

    /// <summary>Windows a pass, without the shorter one at the end.</summary>
    public int Count => (data.Tokens.Length - 1 - length) / length;

    /// <summary>Copies window <paramref name="index"/>, counted over all passes.</summary>
    public void Read(long index, Span<int> tokens, Span<int> targets)
    {
        long pass = index / Count;
        long start = ((index % Count) * length) + (pass * PassShift % length);
        ReadOnlySpan<ushort> window = data.Tokens.Slice((int)start, length + 1);
        for (int i = 0; i < length; i++)
        {
            tokens[i] = window[i];
            targets[i] = window[i + 1];
        }
    }
}
