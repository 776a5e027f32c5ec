using System.Globalization;

namespace Alignment.Compute.Memory;

/// <summary>How much of the host's memory can still be used.</summary>
internal static class HostMemory
{
    private const string Linux = "/proc/meminfo";
    private const string Field = "MemAvailable:";

    /// <summary>Bytes that are available now: what the machine has left, and what a container's limit leaves to this process.</summary>
    public static long Available
        => Math.Max(0, Math.Min(LeftOnMachine(), GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - Environment.WorkingSet));

    /// <summary>Caches of files that the kernel would give up count as available.</summary>
    private static long LeftOnMachine()
        => File.Exists(Linux) && File.ReadLines(Linux).FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal)) is { } line
            && long.TryParse(
                line.AsSpan(Field.Length).TrimEnd("kB "), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out long kibibytes)
            ? kibibytes * 1024
            : long.MaxValue;
}
