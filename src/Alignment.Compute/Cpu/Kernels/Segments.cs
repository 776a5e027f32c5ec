using Alignment.Compute.Contract;

namespace Alignment.Compute.Cpu.Kernels;

/// <summary>The segments of a call, copied to where several threads can read them (a span cannot leave its stack).</summary>
internal readonly struct Segments(RowSegment[] items, int count)
{
    public int Count { get; } = count;

    public RowSegment this[int index] => items[index];
}
