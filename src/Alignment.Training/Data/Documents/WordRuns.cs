namespace Alignment.Training.Data.Documents;

/// <summary>
/// Hashes of every <see cref="Length"/> words in a row, by which near-duplicates are found (Brown et al. 2020, appendix C). Words are
/// runs of letters and digits in lower case; where one turn ends and the next begins makes no difference.
/// </summary>
internal static class WordRuns
{
    /// <summary>Words of a run.</summary>
    public const int Length = 13;

    private const ulong FnvOffset = 0xcbf29ce484222325;
    private const ulong FnvPrime = 0x100000001b3;
    private const ulong Base = 0x9e3779b97f4a7c15;

    private static readonly ulong s_oldest = Power(Length);

    /// <summary>One hash a run, in their order; nothing where there are fewer words. Costs one pass over the characters.</summary>
    public static IEnumerable<ulong> Of(IReadOnlyList<Turn> turns)
    {
        ulong[] latest = new ulong[Length];
        (ulong run, int words) = (0, 0);
        foreach (ulong word in turns.SelectMany(turn => Words(turn.Content)))
        {
            ref ulong oldest = ref latest[words % Length];
            run = (run * Base) + word - (oldest * s_oldest);
            oldest = word;
            if (++words >= Length)
            {
                yield return run;
            }
        }
    }

    /// <summary>FNV-1a of each word.</summary>
    private static IEnumerable<ulong> Words(string text)
    {
        ulong word = FnvOffset;
        foreach (char character in text)
        {
            if (char.IsLetterOrDigit(character))
            {
                word = (word ^ char.ToLowerInvariant(character)) * FnvPrime;
            }
            else if (word != FnvOffset)
            {
                yield return word;
                word = FnvOffset;
            }
        }

        if (word != FnvOffset)
        {
            yield return word;
        }
    }

    private static ulong Power(int exponent)
    {
        ulong power = 1;
        for (int i = 0; i < exponent; i++)
        {
            power *= Base;
        }

        return power;
    }
}
