using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Alignment.Training.Data;

/// <summary>
/// Splits by a hash of the prompt (or of a whole document), so the same prompt falls into the same part in every source, run and program:
/// a fraction in [0, <c>heldOut</c>) is held out, the lower half of the rest is A, the upper half B.
/// </summary>
public static class DataSplit
{
    /// <summary>The part of a prompt when a share <paramref name="heldOut"/> of all prompts is held out.</summary>
    public static DataPart PartOf(string key, double heldOut)
    {
        double fraction = Fraction(key);
        return fraction < heldOut ? DataPart.HeldOut : fraction < (1 + heldOut) / 2 ? DataPart.A : DataPart.B;
    }

    /// <summary>Uniform in [0, 1) by the SHA-256 of the text.</summary>
    public static double Fraction(string text) => (Hash(text) >> 11) * (1.0 / (1UL << 53));

    /// <summary>The first 64 bits of the text's SHA-256.</summary>
    public static ulong Hash(string text) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
