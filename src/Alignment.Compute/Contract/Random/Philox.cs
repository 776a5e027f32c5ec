namespace Alignment.Compute.Contract.Random;

/// <summary>
/// Philox 4x32-10, a counter-based generator: the number for (key, counter) is a pure function, so no state travels with a sequence and a
/// fork or a replay draws the same numbers (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
/// </summary>
public static class Philox
{
    private const uint MultiplierA = 0xD2511F53;
    private const uint MultiplierB = 0xCD9E8D57;
    private const uint WeylA = 0x9E3779B9;
    private const uint WeylB = 0xBB67AE85;
    private const int Rounds = 10;

    /// <summary>The block of four words at a counter.</summary>
    public static (uint X, uint Y, uint Z, uint W) Block(ulong key, ulong low, ulong high)
    {
        (uint x, uint y, uint z, uint w) = ((uint)low, (uint)(low >> 32), (uint)high, (uint)(high >> 32));
        (uint keyA, uint keyB) = ((uint)key, (uint)(key >> 32));
        for (int round = 0; round < Rounds; round++)
        {
            ulong a = (ulong)MultiplierA * x;
            ulong b = (ulong)MultiplierB * z;
            (x, y, z, w) = ((uint)(b >> 32) ^ y ^ keyA, (uint)b, (uint)(a >> 32) ^ w ^ keyB, (uint)a);
            keyA += WeylA;
            keyB += WeylB;
        }

        return (x, y, z, w);
    }

    /// <summary>Uniform in [0, 1) with 53 bits.</summary>
    public static double Uniform(ulong key, ulong low, ulong high)
    {
        (uint x, uint y, _, _) = Block(key, low, high);
        return ((((ulong)x << 32) | y) >> 11) * (1.0 / (1UL << 53));
    }
}
