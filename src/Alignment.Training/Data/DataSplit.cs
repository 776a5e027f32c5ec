using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Alignment.Training.Data;

/// <summary>
/// Splits by a hash of how a conversation begins, so that every conversation with that beginning, whatever comes after it and whichever
/// file, run or program reads it, falls into the same part: a fraction in [0, <c>heldOut</c>) is held out, the lower half of the rest is A,
/// the upper half B.
/// </summary>
public static class DataSplit
{
    /// <summary>
    /// What decides the part of a conversation, a prompt or a document: the first turn of the user, its lower-case letters and digits; of
    /// all turns where there is no user, or only signs. Where there are signs only, the text as it is.
    /// </summary>
    public static string Key(IReadOnlyList<Turn> turns)
    {
        ArgumentNullException.ThrowIfNull(turns);
        string text = Conversation.Text(turns);
        return new[] { turns.FirstOrDefault(turn => turn.Role == Turn.User)?.Content ?? "", text }
            .Select(Normalize)
            .FirstOrDefault(key => key.Length > 0, text);
    }

    /// <summary>The letters and digits of a text in lower case.</summary>
    public static string Normalize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        StringBuilder key = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes().Where(Rune.IsLetterOrDigit))
        {
            key.Append(Rune.ToLowerInvariant(rune));
        }

        return key.ToString();
    }

    /// <summary>The part of a key when a share <paramref name="heldOut"/> of all keys is held out.</summary>
    /// <param name="key">A <see cref="Key"/>.</param>
    /// <param name="heldOut">In [0, 1).</param>
    /// <param name="share">Of all keys, those that belong to any part; the key must be one of them.</param>
    public static DataPart PartOf(string key, double heldOut, double share = 1)
    {
        double fraction = Fraction(key);
        return fraction < heldOut ? DataPart.HeldOut : fraction < (share + heldOut) / 2 ? DataPart.A : DataPart.B;
    }

    /// <summary>Uniform in [0, 1) by the SHA-256 of the text.</summary>
    public static double Fraction(string text) => (Hash(text) >> 11) * (1.0 / (1UL << 53));

    /// <summary>The first 64 bits of the text's SHA-256.</summary>
    public static ulong Hash(string text) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
