using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Alignment.Compute.Cpu.Simd;

/// <summary>The lower part of the reduction tree that the vector forms share.</summary>
internal static class Reduction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector256<float> eight)
    {
        Vector128<float> four = eight.GetLower() + eight.GetUpper();
        Vector128<float> two = four + Vector128.Shuffle(four, Vector128.Create(2, 3, 2, 3));
        return two[0] + two[1];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Maximum(Vector256<float> eight)
    {
        Vector128<float> four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        Vector128<float> two = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 2, 3)));
        return two[0] > two[1] ? two[0] : two[1];
    }
}
