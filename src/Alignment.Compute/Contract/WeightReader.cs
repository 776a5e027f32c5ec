using System.Runtime.CompilerServices;

namespace Alignment.Compute.Contract;

/// <summary>Reads numbers of a checkpoint one by one, as f32.</summary>
internal static unsafe class WeightReader
{
    /// <summary>Number <paramref name="column"/> of row <paramref name="row"/>.</summary>
    public static float Read(in WeightSource source, int row, int column)
    {
        long index = ((long)row * source.Inputs) + column;
        return source.Type switch
        {
            DType.F32 => Unsafe.ReadUnaligned<float>(source.Data + (index * sizeof(float))),
            DType.F16 => (float)Unsafe.ReadUnaligned<Half>(source.Data + (index * sizeof(ushort))),
            DType.Bf16 => WidenBf16(Unsafe.ReadUnaligned<ushort>(source.Data + (index * sizeof(ushort)))),
            _ => throw new ArgumentException($"Unknown weight type {source.Type}.", nameof(source)),
        };
    }

    /// <summary>bf16 is the upper half of an f32.</summary>
    public static float WidenBf16(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}
