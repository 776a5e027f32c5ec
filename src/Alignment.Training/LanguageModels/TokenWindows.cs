using Alignment.Training.Data.Packing;

namespace Alignment.Training.LanguageModels;

/// <summary>
/// Cuts packed tokens into windows, pass after pass. Every pass takes them in another order and cuts them at other places; both are
/// functions of the pass, so that a run goes on anywhere.
/// </summary>
internal sealed class TokenWindows(PackedTokens data, int length, ulong seed)
{
    private const int PassShift = 197;

    /// <summary>Windows a pass, without the shorter one at the end.</summary>
    public int Count => (data.Tokens.Length - 1 - length) / length;

    /// <summary>Copies window <paramref name="index"/>, counted over all passes.</summary>
    public void Read(long index, TokenWindow window)
    {
        (long pass, long place) = Math.DivRem(index, Count);
        long start = (SeededPermutation.At((ulong)place, (ulong)Count, seed, (ulong)pass) * length) + (pass * PassShift % length);
        window.Read(data, (int)start, length);
    }
}
