namespace Alignment.Compute.Cuda.Launches;

/// <summary>How many blocks a launch takes, and of how many threads.</summary>
internal static class Grid
{
    /// <summary>Threads of every block: THREADS of common.cuh.</summary>
    public const int Threads = 256;

    /// <summary>Blocks of so many items for a count of them, the last one perhaps not full.</summary>
    /// <exception cref="OverflowException">More than a grid can have.</exception>
    public static int Blocks(long count, int size) => checked((int)((count + size - 1) / size));
}
