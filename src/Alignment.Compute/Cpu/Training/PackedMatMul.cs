using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Alignment.Compute.Cpu.Training;

/// <summary>
/// Dense f32 matmul, one thread, in the form of Goto and van de Geijn: B is packed once into 32-column panels, A in blocks that
/// stay in the second-level cache, and <see cref="MatMulTile"/> does the arithmetic. Strides choose the orientation, so the three matmuls
/// of a linear layer (Y = X W^T, dX = dY W, dW += dY^T X) are this one routine. Every element of C is a sum in ascending depth order.
/// </summary>
/// <remarks>
/// <code>
///                          B, packed: panels of 32 columns
///                          | p 0 | p 1 | p 2 | ...
///      A, a block of 96    +-----+-----+-----+
///      rows x 256 deep     |  12 x 32  |     |
///      in panels of 12     |   tiles   |     |
///
///   1. Depth in blocks of 256: a panel's block, 32 KB, stays in the first-level cache.
///   2. Rows in blocks of 96: packed once into panels of 12, 96 KB in the second-level cache.
///   3. Panel by panel of B, tile by tile of 12 rows: one MatMulTile.
///   4. A tile over the edge goes through a buffer, and only what exists is copied.
/// </code>
/// </remarks>
public static unsafe class PackedMatMul
{
    /// <summary>Depth of a packed block: a 32-column panel of it (32 KB) stays in the first-level cache.</summary>
    internal const int DepthBlock = 256;

    /// <summary>Rows of A packed at a time: 96 KB, a tenth of the second-level cache.</summary>
    internal const int RowBlock = 8 * MatMulTile.Rows;

    /// <summary>
    /// Packs B [depth, columns], read at b[k * depthStride + n * columnStride], into blocks of panels at <paramref name="packed"/>
    /// (<see cref="PackedMatrix.Length"/> floats). Missing columns become zeros.
    /// </summary>
    public static PackedMatrix Pack(float* b, long depthStride, long columnStride, int depth, int columns, float* packed)
    {
        PackedMatrix matrix = new(packed, depth, columns);
        for (int k = 0; k < depth; k += DepthBlock)
        {
            int blockDepth = Math.Min(DepthBlock, depth - k);
            for (int n = 0; n < columns; n += MatMulTile.Columns)
            {
                float* source = b + (k * depthStride) + (n * columnStride);
                PackPanel(
                    source,
                    depthStride,
                    columnStride,
                    blockDepth,
                    Math.Min(MatMulTile.Columns, columns - n),
                    MatMulTile.Columns,
                    matrix.Panel(k, n));
            }
        }

        return matrix;
    }

    /// <summary>
    /// C [rows, columns] = A B, or C += A B, with A [rows, depth] read at a[m * rowStride + k * depthStride] and the leading [depth,
    /// columns] part of B.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">B is smaller than [depth, columns].</exception>
    public static void Multiply(
        float* a,
        long rowStride,
        long depthStride,
        PackedMatrix b,
        int rows,
        int columns,
        int depth,
        bool accumulate,
        float* c,
        long stride,
        MatMulScratch scratch)
    {
        ArgumentNullException.ThrowIfNull(scratch);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(depth, b.Depth);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columns, b.Columns);
        for (int k = 0; k < depth; k += DepthBlock)
        {
            int blockDepth = Math.Min(DepthBlock, depth - k);
            for (int m = 0; m < rows; m += RowBlock)
            {
                int blockRows = Math.Min(RowBlock, rows - m);
                PackRows(a + (m * rowStride) + (k * depthStride), rowStride, depthStride, blockRows, blockDepth, scratch.Panels);
                for (int n = 0; n < columns; n += MatMulTile.Columns)
                {
                    int width = Math.Min(MatMulTile.Columns, columns - n);
                    MultiplyPanel(scratch, b.Panel(k, n), blockRows, width, blockDepth, accumulate || k > 0, c + (m * stride) + n, stride);
                }
            }
        }
    }

    private static void PackRows(float* a, long rowStride, long depthStride, int rows, int depth, float* panels)
    {
        for (int m = 0; m < rows; m += MatMulTile.Rows)
        {
            PackPanel(a + (m * rowStride), depthStride, rowStride, depth, Math.Min(MatMulTile.Rows, rows - m), MatMulTile.Rows, panels);
            panels += depth * MatMulTile.Rows;
        }
    }

    /// <summary>All packed rows against one panel of B, which stays in the first-level cache meanwhile.</summary>
    private static void MultiplyPanel(
        MatMulScratch scratch, float* b, int rows, int columns, int depth, bool accumulate, float* c, long stride)
    {
        for (int m = 0; m < rows; m += MatMulTile.Rows)
        {
            float* a = scratch.Panels + (m * depth);
            float* corner = c + (m * stride);
            if (rows - m >= MatMulTile.Rows && columns == MatMulTile.Columns)
            {
                MatMulTile.Multiply(a, b, depth, accumulate, corner, stride);
            }
            else
            {
                MatMulTile.Multiply(a, b, depth, accumulate: false, scratch.Tile, MatMulTile.Columns);
                CopyRagged(scratch.Tile, Math.Min(MatMulTile.Rows, rows - m), columns, accumulate, corner, stride);
            }
        }
    }

    private static void CopyRagged(float* tile, int rows, int columns, bool accumulate, float* c, long stride)
    {
        for (int m = 0; m < rows; m++)
        {
            for (int n = 0; n < columns; n++)
            {
                float value = tile[(m * MatMulTile.Columns) + n];
                c[(m * stride) + n] = accumulate ? c[(m * stride) + n] + value : value;
            }
        }
    }

    /// <summary>One panel: panel[k * width + i] = source[k * depthStride + i * itemStride] for i below items, zero beyond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackPanel(float* source, long depthStride, long itemStride, int depth, int items, int width, float* panel)
    {
        if (items < width)
        {
            new Span<float>(panel, depth * width).Clear();
        }

        if (itemStride == 1)
        {
            for (int k = 0; k < depth; k++)
            {
                CopyItems(source + (k * depthStride), items, panel + (k * width));
            }

            return;
        }

        int done = depthStride == 1 && Avx.IsSupported ? items & ~3 : 0;
        for (int i = 0; i < done; i += 4)
        {
            TransposeFour(source + (i * itemStride), itemStride, depth, width, panel + i);
        }

        for (int i = done; i < items; i++)
        {
            for (int k = 0; k < depth; k++)
            {
                panel[(k * width) + i] = source[(k * depthStride) + (i * itemStride)];
            }
        }
    }

    /// <summary>A copy of a few numbers, as wide as they are: a call for each row of a panel would cost more than the copy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyItems(float* source, int items, float* target)
    {
        int i = 0;
        for (; i + 8 <= items; i += 8)
        {
            Vector256.Load(source + i).Store(target + i);
        }

        for (; i + 4 <= items; i += 4)
        {
            Vector128.Load(source + i).Store(target + i);
        }

        for (; i < items; i++)
        {
            target[i] = source[i];
        }
    }

    /// <summary>Four rows of contiguous depth become four adjacent columns, 4 x 4 in each half of a vector.</summary>
    private static void TransposeFour(float* source, long itemStride, int depth, int width, float* panel)
    {
        int k = 0;
        for (; k + 8 <= depth; k += 8)
        {
            Vector256<float> r0 = Vector256.Load(source + k);
            Vector256<float> r1 = Vector256.Load(source + itemStride + k);
            Vector256<float> r2 = Vector256.Load(source + (2 * itemStride) + k);
            Vector256<float> r3 = Vector256.Load(source + (3 * itemStride) + k);
            Vector256<double> low01 = Avx.UnpackLow(r0, r1).AsDouble();
            Vector256<double> low23 = Avx.UnpackLow(r2, r3).AsDouble();
            Vector256<double> high01 = Avx.UnpackHigh(r0, r1).AsDouble();
            Vector256<double> high23 = Avx.UnpackHigh(r2, r3).AsDouble();
            float* target = panel + (k * width);
            StoreHalves(Avx.UnpackLow(low01, low23), target, width);
            StoreHalves(Avx.UnpackHigh(low01, low23), target + width, width);
            StoreHalves(Avx.UnpackLow(high01, high23), target + (2 * width), width);
            StoreHalves(Avx.UnpackHigh(high01, high23), target + (3 * width), width);
        }

        for (; k < depth; k++)
        {
            for (int i = 0; i < 4; i++)
            {
                panel[(k * width) + i] = source[(i * itemStride) + k];
            }
        }
    }

    /// <summary>The halves belong to depths that are four apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreHalves(Vector256<double> columns, float* target, int width)
    {
        columns.GetLower().AsSingle().Store(target);
        columns.GetUpper().AsSingle().Store(target + (4 * width));
    }
}
