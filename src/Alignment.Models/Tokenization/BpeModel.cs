using System.Text;

namespace Alignment.Models.Tokenization;

/// <summary>
/// Byte-pair encoding: a word starts as its characters, then the adjacent pair with the lowest merge rank is joined (the leftmost of
/// equals) until no pair can be. Characters that are not in the vocabulary become their UTF-8 bytes (<c>&lt;0xE2&gt;</c>) or the unknown
/// token.
/// </summary>
internal sealed class BpeModel(
    BpeModelOptions options, Dictionary<string, int> vocabulary, Dictionary<(int Left, int Right), (int Rank, int Id)> merges)
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Spelling to id.</summary>
    public IReadOnlyDictionary<string, int> Vocabulary => vocabulary;

    /// <summary>Appends the ids of one word. Costs O(n log n) in its characters; a whole text may be one word.</summary>
    public void Encode(ReadOnlySpan<char> word, BpeWord scratch, List<int> output, CancellationToken cancellation)
    {
        if (options.IgnoreMerges && TryFind(word, out int whole))
        {
            output.Add(whole);
            return;
        }

        scratch.Clear();
        bool isUnknown = false;
        foreach (Rune rune in word.EnumerateRunes())
        {
            AddCharacter(rune, scratch, ref isUnknown);
        }

        AddUnknown(scratch, ref isUnknown);
        scratch.Merge(merges, output, cancellation);
    }

    private bool TryFind(ReadOnlySpan<char> spelling, out int id) => _ids.TryGetValue(spelling, out id) && !options.ControlIds.Contains(id);

    /// <param name="rune">What comes next.</param>
    /// <param name="scratch">Where its tokens go.</param>
    /// <param name="isUnknown">
    /// Whether an unknown token is still to be written: as in the original it waits for the next known character, and bytes do not count as
    /// one.
    /// </param>
    private void AddCharacter(Rune rune, BpeWord scratch, ref bool isUnknown)
    {
        Span<char> characters = stackalloc char[2];
        if (TryFind(characters[..rune.EncodeToUtf16(characters)], out int id))
        {
            AddUnknown(scratch, ref isUnknown);
            scratch.Add(id);
        }
        else if (options.ByteIds is null || !TryAddBytes(rune, options.ByteIds, scratch))
        {
            if (!options.FuseUnknown)
            {
                AddUnknown(scratch, ref isUnknown);
            }

            isUnknown = true;
        }
    }

    private void AddUnknown(BpeWord scratch, ref bool isUnknown)
    {
        if (isUnknown && options.UnknownId is int id)
        {
            scratch.Add(id);
        }

        isUnknown = false;
    }

    /// <summary>Adds a character as its bytes, where the vocabulary has them all.</summary>
    private static bool TryAddBytes(Rune rune, int[] byteIds, BpeWord scratch)
    {
        Span<byte> buffer = stackalloc byte[4];
        ReadOnlySpan<byte> bytes = buffer[..rune.EncodeToUtf8(buffer)];
        foreach (byte value in bytes)
        {
            if (byteIds[value] < 0)
            {
                return false;
            }
        }

        foreach (byte value in bytes)
        {
            scratch.Add(byteIds[value]);
        }

        return true;
    }
}
