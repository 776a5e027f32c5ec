namespace Alignment.Compute.Contract;

/// <summary>
/// Cosines and sines of the rotary embedding, <c>[positions, headSize / 2]</c> each, computed in double precision. Pair i of a head is
/// (i, i + headSize / 2), Hugging Face's "rotate half" order.
/// </summary>
public sealed class RotaryTable
{
    /// <summary>Tabulates <c>positions</c> rows from the angle per position of each pair, radians.</summary>
    public RotaryTable(ReadOnlySpan<double> inverseFrequencies, int positions)
    {
        HalfHead = inverseFrequencies.Length;
        Cosines = new float[(long)positions * HalfHead];
        Sines = new float[(long)positions * HalfHead];
        for (int position = 0; position < positions; position++)
        {
            for (int pair = 0; pair < HalfHead; pair++)
            {
                double angle = position * inverseFrequencies[pair];
                Cosines[(position * HalfHead) + pair] = (float)Math.Cos(angle);
                Sines[(position * HalfHead) + pair] = (float)Math.Sin(angle);
            }
        }
    }

    /// <summary>Half the head size.</summary>
    public int HalfHead { get; }

    /// <summary><c>[positions, HalfHead]</c>.</summary>
    public float[] Cosines { get; }

    /// <summary><c>[positions, HalfHead]</c>.</summary>
    public float[] Sines { get; }
}
