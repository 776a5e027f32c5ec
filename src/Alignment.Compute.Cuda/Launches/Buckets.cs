using System.Numerics;

namespace Alignment.Compute.Cuda.Launches;

/// <summary>
/// Sizes to which passes are rounded, so that most passes of a steady load are launch for launch the same and run as one graph. What is
/// computed for the rows in between is never read; it costs nothing where the weights are what takes time.
/// </summary>
internal static class Buckets
{
    private const int Step = 8;
    private const int Most = 128;

    /// <summary>
    /// Rows of a pass, and what goes with them: 1, 2, 4, then multiples of eight to 128; larger passes, which are prompts, stay as they
    /// are.
    /// </summary>
    public static int Round(int count) => count switch
    {
        <= 2 or > Most => count,
        <= 4 => 4,
        _ => (count + Step - 1) / Step * Step,
    };

    /// <summary>The next power of two.</summary>
    public static int Doubling(int count) => count < 1 ? 0 : (int)BitOperations.RoundUpToPowerOf2((uint)count);
}
