using Alignment.Compute.Cpu.Simd;

namespace Alignment.Compute.Cpu.Layouts;

/// <summary>
/// How weights lie in a group of 32 rows: two columns (a pair) at a time, rows side by side, so that numbers of a register are rows, one
/// group is one sequential stream and no sum ever runs across a register.
/// </summary>
internal unsafe interface IPanels
{
    /// <summary>Bytes of two columns of 32 rows.</summary>
    static abstract int PairBytes { get; }

    /// <summary>Both columns of the first (<paramref name="half"/> 0) or last (1) 16 rows of a group.</summary>
    static abstract void LoadPair<T>(byte* pair, int half, out T first, out T second)
        where T : struct, ISimd<T>;
}
