using System.Runtime.CompilerServices;
using Alignment.Compute.Cpu.Simd;

namespace Alignment.Compute.Cpu.Layouts;

/// <summary>f32 weights: <c>[outputs / 32][inputs][32]</c>.</summary>
internal readonly unsafe struct F32Panels : IPanels
{
    public static int PairBytes => 256;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LoadPair<T>(byte* pair, int half, out T first, out T second)
        where T : struct, ISimd<T>
    {
        byte* source = pair + (half * 64);
        Prefetch.Ahead(source);
        Prefetch.Ahead(source + 128);
        first = T.Load((float*)source);
        second = T.Load((float*)(source + 128));
    }
}
