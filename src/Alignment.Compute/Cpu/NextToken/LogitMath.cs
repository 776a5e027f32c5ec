namespace Alignment.Compute.Cpu.NextToken;

/// <summary>Sizes and conversions of the passes over a row of logits.</summary>
internal static class LogitMath
{
    /// <summary>
    /// Numbers that are summed in f32 before the sum goes on in double: keeps the error of a row of any length below 1e-6.
    /// </summary>
    public const int BlockSize = 1024;

    /// <summary>Sorts by descending score, then ascending token.</summary>
    public static ulong Key(float score, int token)
    {
        // Adding zero turns -0 into +0, which compare equal.
        uint bits = BitConverter.SingleToUInt32Bits(score + 0f);
        uint ascending = (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
        return ((ulong)~ascending << 32) | (uint)token;
    }

    /// <summary>The token of a key.</summary>
    public static int Token(ulong key) => (int)(uint)key;
}
