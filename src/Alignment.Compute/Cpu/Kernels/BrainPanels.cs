using System.Runtime.CompilerServices;
using Alignment.Compute.Cpu.Lanes;

namespace Alignment.Compute.Cpu.Kernels;

/// <summary>bf16 weights: <c>[outputs / 32][inputs / 2][32][2]</c>, widened in registers: one load feeds two columns.</summary>
internal readonly unsafe struct BrainPanels : IPanels
{
    public static int PairBytes => 128;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LoadPair<T>(byte* pair, int half, out T first, out T second)
        where T : struct, ILanes<T>
    {
        byte* source = pair + (half * 64);
        Prefetch.Ahead(source);
        T.LoadBrainPairs(source, out first, out second);
    }
}
