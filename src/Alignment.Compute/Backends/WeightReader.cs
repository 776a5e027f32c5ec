using System.Runtime.CompilerServices;

namespace Alignment.Compute.Backends;

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
            DType.BF16 => WidenBrain(Unsafe.ReadUnaligned<ushort>(source.Data + (index * sizeof(ushort)))),
            _ => throw new ArgumentException($"Unknown weight type {source.Type}.", nameof(source)),
        };
    }

    /// <summary>bf16 is the upper half of an f32.</summary>
    public static float WidenBrain(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>Rows of all sources together, after checking that they can share one matrix.</summary>
    /// <exception cref="ArgumentException">No source, or sources of different width or type.</exception>
    public static int CountOutputs(ReadOnlySpan<WeightSource> sources)
    {
        if (sources.IsEmpty)
        {
            throw new ArgumentException("At least one weight is needed.", nameof(sources));
        }

        int outputs = 0;
        foreach (WeightSource source in sources)
        {
            if (source.Inputs != sources[0].Inputs || source.Type != sources[0].Type || source.Inputs < 1 || source.Outputs < 1)
            {
                throw new ArgumentException($"Cannot stack [{source.Outputs}, {source.Inputs}] {source.Type} under [{sources[0].Outputs}, {sources[0].Inputs}] {sources[0].Type}.", nameof(sources));
            }

            outputs = checked(outputs + source.Outputs);
        }

        return outputs;
    }
}
