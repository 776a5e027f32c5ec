using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Alignment.Compute.Cpu.Layouts;

/// <summary>The hardware prefetcher stops at 4 KiB pages; asking one page ahead gains 10 to 100 % on streams from memory.</summary>
internal static unsafe class Prefetch
{
    private const int Distance = 4096;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ahead(byte* source)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(source + Distance);
        }
    }
}
