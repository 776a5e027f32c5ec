namespace Alignment.Training.Checkpoints;

/// <summary>bf16: the upper half of an f32.</summary>
public static class Bf16
{
    private const uint QuietNaN = 0x7FC0;

    /// <summary>The nearest bf16, ties to the even one; NaN stays NaN, and what is beyond the largest becomes infinite.</summary>
    public static ushort Round(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value))
        {
            return (ushort)((bits >> 16) | QuietNaN);
        }

        uint lowest = (bits >> 16) & 1;
        return (ushort)((bits + 0x7FFF + lowest) >> 16);
    }
}
