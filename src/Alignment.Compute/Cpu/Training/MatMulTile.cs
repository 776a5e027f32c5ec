using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Alignment.Compute.Cpu.Training;

/// <summary>
/// The innermost step of <see cref="PackedMatMul"/>: one 12 x 32 tile of C from one packed panel of each operand. Accumulators are separate
/// locals because the JIT keeps only those in registers: 24 of 32 zmm here, 12 of 16 ymm in the narrow form.
/// </summary>
/// <remarks>
/// <code>
///                     b[k]  32 numbers: left 16, right 16       1. For each k: load left and right, then for each row r broadcast a[k, r]
///     a[k]           +----------------+----------------+           and add its products to crL and crR.
///     12 numbers  0  |      c0L       |      c0R       |        2. Where it accumulates, add what C holds.
///                 1  |      c1L       |      c1R       |        3. Store.
///                ... |                |                |
///                11  |      c11L      |      c11R      |        Narrow: four parts of 6 rows x 16, the same steps.
///                    +----------------+----------------+
/// </code>
/// </remarks>
internal static unsafe class MatMulTile
{
    /// <summary>Rows of C that one tile covers; the width of a packed panel of A.</summary>
    public const int Rows = 12;

    /// <summary>Columns of C that one tile covers; the width of a packed panel of B.</summary>
    public const int Columns = 32;

    /// <summary>c[r, n] (+)= sum over k of a[k, r] * b[k, n], with a [depth, 12] and b [depth, 32].</summary>
    public static void Multiply(float* a, float* b, int depth, bool accumulate, float* c, long stride)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Multiply12x32(a, b, depth, accumulate, c, stride);
            return;
        }

        MultiplyNarrow(a, b, depth, accumulate, c, stride);
    }

    /// <summary>The same tile in four parts of 6 x 16, for machines without 512-bit registers.</summary>
    internal static void MultiplyNarrow(float* a, float* b, int depth, bool accumulate, float* c, long stride)
    {
        for (int row = 0; row < Rows; row += 6)
        {
            for (int column = 0; column < Columns; column += 16)
            {
                Multiply6x16(a + row, b + column, depth, accumulate, c + (row * stride) + column, stride);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply12x32(float* a, float* b, int depth, bool accumulate, float* c, long stride)
    {
        Vector512<float> c0L = Vector512<float>.Zero, c0R = Vector512<float>.Zero;
        Vector512<float> c1L = Vector512<float>.Zero, c1R = Vector512<float>.Zero;
        Vector512<float> c2L = Vector512<float>.Zero, c2R = Vector512<float>.Zero;
        Vector512<float> c3L = Vector512<float>.Zero, c3R = Vector512<float>.Zero;
        Vector512<float> c4L = Vector512<float>.Zero, c4R = Vector512<float>.Zero;
        Vector512<float> c5L = Vector512<float>.Zero, c5R = Vector512<float>.Zero;
        Vector512<float> c6L = Vector512<float>.Zero, c6R = Vector512<float>.Zero;
        Vector512<float> c7L = Vector512<float>.Zero, c7R = Vector512<float>.Zero;
        Vector512<float> c8L = Vector512<float>.Zero, c8R = Vector512<float>.Zero;
        Vector512<float> c9L = Vector512<float>.Zero, c9R = Vector512<float>.Zero;
        Vector512<float> c10L = Vector512<float>.Zero, c10R = Vector512<float>.Zero;
        Vector512<float> c11L = Vector512<float>.Zero, c11R = Vector512<float>.Zero;

        // C is far away and its rows are no stream: fetched now, it is there when the sums are.
        for (int row = 0; row < Rows; row++)
        {
            Sse.Prefetch0(c + (row * stride));
            Sse.Prefetch0(c + (row * stride) + 16);
        }

        for (int k = 0; k < depth; k++)
        {
            Vector512<float> left = Vector512.Load(b);
            Vector512<float> right = Vector512.Load(b + 16);
            Vector512<float> a0 = Vector512.Create(a[0]);
            c0L = Vector512.FusedMultiplyAdd(a0, left, c0L);
            c0R = Vector512.FusedMultiplyAdd(a0, right, c0R);
            Vector512<float> a1 = Vector512.Create(a[1]);
            c1L = Vector512.FusedMultiplyAdd(a1, left, c1L);
            c1R = Vector512.FusedMultiplyAdd(a1, right, c1R);
            Vector512<float> a2 = Vector512.Create(a[2]);
            c2L = Vector512.FusedMultiplyAdd(a2, left, c2L);
            c2R = Vector512.FusedMultiplyAdd(a2, right, c2R);
            Vector512<float> a3 = Vector512.Create(a[3]);
            c3L = Vector512.FusedMultiplyAdd(a3, left, c3L);
            c3R = Vector512.FusedMultiplyAdd(a3, right, c3R);
            Vector512<float> a4 = Vector512.Create(a[4]);
            c4L = Vector512.FusedMultiplyAdd(a4, left, c4L);
            c4R = Vector512.FusedMultiplyAdd(a4, right, c4R);
            Vector512<float> a5 = Vector512.Create(a[5]);
            c5L = Vector512.FusedMultiplyAdd(a5, left, c5L);
            c5R = Vector512.FusedMultiplyAdd(a5, right, c5R);
            Vector512<float> a6 = Vector512.Create(a[6]);
            c6L = Vector512.FusedMultiplyAdd(a6, left, c6L);
            c6R = Vector512.FusedMultiplyAdd(a6, right, c6R);
            Vector512<float> a7 = Vector512.Create(a[7]);
            c7L = Vector512.FusedMultiplyAdd(a7, left, c7L);
            c7R = Vector512.FusedMultiplyAdd(a7, right, c7R);
            Vector512<float> a8 = Vector512.Create(a[8]);
            c8L = Vector512.FusedMultiplyAdd(a8, left, c8L);
            c8R = Vector512.FusedMultiplyAdd(a8, right, c8R);
            Vector512<float> a9 = Vector512.Create(a[9]);
            c9L = Vector512.FusedMultiplyAdd(a9, left, c9L);
            c9R = Vector512.FusedMultiplyAdd(a9, right, c9R);
            Vector512<float> a10 = Vector512.Create(a[10]);
            c10L = Vector512.FusedMultiplyAdd(a10, left, c10L);
            c10R = Vector512.FusedMultiplyAdd(a10, right, c10R);
            Vector512<float> a11 = Vector512.Create(a[11]);
            c11L = Vector512.FusedMultiplyAdd(a11, left, c11L);
            c11R = Vector512.FusedMultiplyAdd(a11, right, c11R);
            a += Rows;
            b += Columns;
        }

        if (accumulate)
        {
            c0L += Vector512.Load(c);
            c0R += Vector512.Load(c + 16);
            c1L += Vector512.Load(c + stride);
            c1R += Vector512.Load(c + stride + 16);
            c2L += Vector512.Load(c + (2 * stride));
            c2R += Vector512.Load(c + (2 * stride) + 16);
            c3L += Vector512.Load(c + (3 * stride));
            c3R += Vector512.Load(c + (3 * stride) + 16);
            c4L += Vector512.Load(c + (4 * stride));
            c4R += Vector512.Load(c + (4 * stride) + 16);
            c5L += Vector512.Load(c + (5 * stride));
            c5R += Vector512.Load(c + (5 * stride) + 16);
            c6L += Vector512.Load(c + (6 * stride));
            c6R += Vector512.Load(c + (6 * stride) + 16);
            c7L += Vector512.Load(c + (7 * stride));
            c7R += Vector512.Load(c + (7 * stride) + 16);
            c8L += Vector512.Load(c + (8 * stride));
            c8R += Vector512.Load(c + (8 * stride) + 16);
            c9L += Vector512.Load(c + (9 * stride));
            c9R += Vector512.Load(c + (9 * stride) + 16);
            c10L += Vector512.Load(c + (10 * stride));
            c10R += Vector512.Load(c + (10 * stride) + 16);
            c11L += Vector512.Load(c + (11 * stride));
            c11R += Vector512.Load(c + (11 * stride) + 16);
        }

        c0L.Store(c);
        c0R.Store(c + 16);
        c1L.Store(c + stride);
        c1R.Store(c + stride + 16);
        c2L.Store(c + (2 * stride));
        c2R.Store(c + (2 * stride) + 16);
        c3L.Store(c + (3 * stride));
        c3R.Store(c + (3 * stride) + 16);
        c4L.Store(c + (4 * stride));
        c4R.Store(c + (4 * stride) + 16);
        c5L.Store(c + (5 * stride));
        c5R.Store(c + (5 * stride) + 16);
        c6L.Store(c + (6 * stride));
        c6R.Store(c + (6 * stride) + 16);
        c7L.Store(c + (7 * stride));
        c7R.Store(c + (7 * stride) + 16);
        c8L.Store(c + (8 * stride));
        c8R.Store(c + (8 * stride) + 16);
        c9L.Store(c + (9 * stride));
        c9R.Store(c + (9 * stride) + 16);
        c10L.Store(c + (10 * stride));
        c10R.Store(c + (10 * stride) + 16);
        c11L.Store(c + (11 * stride));
        c11R.Store(c + (11 * stride) + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply6x16(float* a, float* b, int depth, bool accumulate, float* c, long stride)
    {
        Vector256<float> c0L = Vector256<float>.Zero, c0R = Vector256<float>.Zero;
        Vector256<float> c1L = Vector256<float>.Zero, c1R = Vector256<float>.Zero;
        Vector256<float> c2L = Vector256<float>.Zero, c2R = Vector256<float>.Zero;
        Vector256<float> c3L = Vector256<float>.Zero, c3R = Vector256<float>.Zero;
        Vector256<float> c4L = Vector256<float>.Zero, c4R = Vector256<float>.Zero;
        Vector256<float> c5L = Vector256<float>.Zero, c5R = Vector256<float>.Zero;

        for (int k = 0; k < depth; k++)
        {
            Vector256<float> left = Vector256.Load(b);
            Vector256<float> right = Vector256.Load(b + 8);
            Vector256<float> a0 = Vector256.Create(a[0]);
            c0L = Vector256.FusedMultiplyAdd(a0, left, c0L);
            c0R = Vector256.FusedMultiplyAdd(a0, right, c0R);
            Vector256<float> a1 = Vector256.Create(a[1]);
            c1L = Vector256.FusedMultiplyAdd(a1, left, c1L);
            c1R = Vector256.FusedMultiplyAdd(a1, right, c1R);
            Vector256<float> a2 = Vector256.Create(a[2]);
            c2L = Vector256.FusedMultiplyAdd(a2, left, c2L);
            c2R = Vector256.FusedMultiplyAdd(a2, right, c2R);
            Vector256<float> a3 = Vector256.Create(a[3]);
            c3L = Vector256.FusedMultiplyAdd(a3, left, c3L);
            c3R = Vector256.FusedMultiplyAdd(a3, right, c3R);
            Vector256<float> a4 = Vector256.Create(a[4]);
            c4L = Vector256.FusedMultiplyAdd(a4, left, c4L);
            c4R = Vector256.FusedMultiplyAdd(a4, right, c4R);
            Vector256<float> a5 = Vector256.Create(a[5]);
            c5L = Vector256.FusedMultiplyAdd(a5, left, c5L);
            c5R = Vector256.FusedMultiplyAdd(a5, right, c5R);
            a += Rows;
            b += Columns;
        }

        if (accumulate)
        {
            c0L += Vector256.Load(c);
            c0R += Vector256.Load(c + 8);
            c1L += Vector256.Load(c + stride);
            c1R += Vector256.Load(c + stride + 8);
            c2L += Vector256.Load(c + (2 * stride));
            c2R += Vector256.Load(c + (2 * stride) + 8);
            c3L += Vector256.Load(c + (3 * stride));
            c3R += Vector256.Load(c + (3 * stride) + 8);
            c4L += Vector256.Load(c + (4 * stride));
            c4R += Vector256.Load(c + (4 * stride) + 8);
            c5L += Vector256.Load(c + (5 * stride));
            c5R += Vector256.Load(c + (5 * stride) + 8);
        }

        c0L.Store(c);
        c0R.Store(c + 8);
        c1L.Store(c + stride);
        c1R.Store(c + stride + 8);
        c2L.Store(c + (2 * stride));
        c2R.Store(c + (2 * stride) + 8);
        c3L.Store(c + (3 * stride));
        c3R.Store(c + (3 * stride) + 8);
        c4L.Store(c + (4 * stride));
        c4R.Store(c + (4 * stride) + 8);
        c5L.Store(c + (5 * stride));
        c5R.Store(c + (5 * stride) + 8);
    }
}
