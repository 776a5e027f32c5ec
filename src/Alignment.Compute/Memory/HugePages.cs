using System.Runtime.InteropServices;

namespace Alignment.Compute.Memory;

/// <summary>Asks Linux to back weights with 2 MiB pages: a few per cent on streams that are larger than the caches.</summary>
internal static unsafe partial class HugePages
{
    private const int MadviseHugePage = 14;

    /// <summary>A hint: a refusal costs speed, never correctness, so the result is ignored.</summary>
    public static void Advise(void* memory, nuint bytes)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = MemoryAdvise(memory, bytes, MadviseHugePage);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MemoryAdvise(void* address, nuint length, int advice);
}
