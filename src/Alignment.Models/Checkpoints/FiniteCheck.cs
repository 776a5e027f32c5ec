using System.Runtime.InteropServices;
using Alignment.Compute.Contract;

namespace Alignment.Models.Checkpoints;

/// <summary>Looks for NaN and infinity in a weight: one of them would silently spoil every answer.</summary>
internal static unsafe class FiniteCheck
{
    private const int Chunk = 1 << 26;

    public static bool Holds(in WeightSource source)
    {
        long count = (long)source.Outputs * source.Inputs;
        for (long start = 0; start < count; start += Chunk)
        {
            int length = (int)Math.Min(Chunk, count - start);
            bool finite = source.Type == DType.F32
                ? AllBelow<uint>(source.Data + (start * sizeof(float)), length, 0x7F80_0000)
                : AllBelow<ushort>(
                    source.Data + (start * sizeof(ushort)), length, source.Type == DType.Bf16 ? (ushort)0x7F80 : (ushort)0x7C00);
            if (!finite)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A number is finite when its exponent bits are not all ones.</summary>
    private static bool AllBelow<T>(byte* data, int length, T exponent)
        where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        T worst = T.Zero;
        foreach (T bits in MemoryMarshal.Cast<byte, T>(new ReadOnlySpan<byte>(data, length * sizeof(T))))
        {
            worst = T.Max(worst, bits & exponent);
        }

        return worst != exponent;
    }
}
