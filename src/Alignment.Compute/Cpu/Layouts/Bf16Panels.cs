using System.Runtime.CompilerServices;
using Alignment.Compute.Cpu.Simd;

namespace Alignment.Compute.Cpu.Layouts;

/// <summary>bf16 weights: <c>[outputs / 32][inputs / 2][32][2]</c>, widened in registers: one load feeds two columns.</summary>
internal readonly unsafe struct Bf16Panels : IPanels
{
    public static int PairBytes => 128;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LoadPair<T>(byte* pair, int half, out T first, out T second)
        where T : struct, ISimd<T>
    {
        byte* source = pair + (half * 64);
        Prefetch.Ahead(source);
        T.LoadBf16Pairs(source, out first, out second);
    }
}
