namespace Alignment.Models.Configuration;

/// <summary>Angle per position of each rotary pair, in radians.</summary>
public static class RopeFrequencies
{
    /// <summary>[headSize / 2], after the scaling that the configuration asks for.</summary>
    public static double[] Of(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        RopeConfig rope = config.Rope;
        double[] frequencies =
        [
            .. Enumerable.Range(0, config.HeadSize / 2).Select(pair => Math.Pow(rope.Theta, -2.0 * pair / config.HeadSize)),
        ];
        return rope.Scaling switch
        {
            RopeScaling.Linear => [.. frequencies.Select(frequency => frequency / rope.Factor)],
            RopeScaling.Llama3 => [.. frequencies.Select(frequency => Llama3(rope, frequency))],
            _ => frequencies,
        };
    }

    /// <summary>
    /// Long wavelengths are divided by the factor, short ones kept, and those between are blended (Llama 3.1's reference code).
    /// </summary>
    private static double Llama3(RopeConfig rope, double frequency)
    {
        double turns = rope.OriginalMaxPositions * frequency / (2 * Math.PI);
        if (turns < rope.LowFrequencyFactor)
        {
            return frequency / rope.Factor;
        }

        if (turns > rope.HighFrequencyFactor)
        {
            return frequency;
        }

        double smooth = (turns - rope.LowFrequencyFactor) / (rope.HighFrequencyFactor - rope.LowFrequencyFactor);
        return ((1 - smooth) * frequency / rope.Factor) + (smooth * frequency);
    }
}
