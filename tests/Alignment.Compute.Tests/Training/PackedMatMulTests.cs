using Alignment.Compute.Cpu.Training;
using Alignment.Compute.Memory;

namespace Alignment.Compute.Tests.Training;

public sealed unsafe class PackedMatMulTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(12, 32, 16)]
    [InlineData(13, 33, 5)]
    [InlineData(100, 70, 300)]
    [InlineData(7, 96, 513)]
    [InlineData(205, 31, 256)]
    public void Matmuls_equal_the_triple_loop_in_every_orientation(int rows, int columns, int depth)
    {
        using NativeBuffer<float> a = Numbers.Random((long)rows * depth, 1);
        using NativeBuffer<float> b = Numbers.Random((long)depth * columns, 2);
        using NativeBuffer<float> packed = new(PackedMatrix.Length(depth, columns));
        using MatMulScratch scratch = new();
        foreach ((bool transposeA, bool transposeB) in new[] { (false, false), (false, true), (true, false), (true, true) })
        {
            (long rowStride, long aDepthStride) = transposeA ? (1L, (long)rows) : (depth, 1L);
            (long bDepthStride, long columnStride) = transposeB ? (1L, (long)depth) : (columns, 1L);
            using NativeBuffer<float> c = Numbers.Random((long)rows * columns, 3);
            double[] expected = Reference(a, rowStride, aDepthStride, b, bDepthStride, columnStride, rows, columns, depth, c);

            PackedMatrix matrix = PackedMatMul.Pack(b.Pointer, bDepthStride, columnStride, depth, columns, packed.Pointer);
            PackedMatMul.Multiply(
                a.Pointer, rowStride, aDepthStride, matrix, rows, columns, depth, accumulate: true, c.Pointer, columns, scratch);

            Numbers.AssertClose(expected, c, 1e-5 * Math.Sqrt(depth));
        }
    }

    [Fact]
    public void Only_the_leading_part_of_a_packed_matrix_may_be_used()
    {
        const int Rows = 20, Columns = 64, Depth = 400, Used = 300;
        using NativeBuffer<float> a = Numbers.Random(Rows * Used, 1);
        using NativeBuffer<float> b = Numbers.Random(Depth * Columns, 2);
        using NativeBuffer<float> packed = new(PackedMatrix.Length(Depth, Columns));
        using NativeBuffer<float> c = new(Rows * Columns);
        using MatMulScratch scratch = new();
        PackedMatrix matrix = PackedMatMul.Pack(b.Pointer, Columns, 1, Depth, Columns, packed.Pointer);

        PackedMatMul.Multiply(a.Pointer, Used, 1, matrix, Rows, Columns, Used, accumulate: false, c.Pointer, Columns, scratch);

        using NativeBuffer<float> zero = new(Rows * Columns);
        Numbers.AssertClose(Reference(a, Used, 1, b, Columns, 1, Rows, Columns, Used, zero), c, 2e-4);
    }

    [Fact]
    public void The_narrow_tile_agrees_with_the_wide_one()
    {
        const int Depth = 37;
        using NativeBuffer<float> a = Numbers.Random(MatMulTile.Rows * Depth, 1);
        using NativeBuffer<float> b = Numbers.Random(MatMulTile.Columns * Depth, 2);
        using NativeBuffer<float> wide = Numbers.Random(MatMulTile.Rows * MatMulTile.Columns, 3);
        using NativeBuffer<float> narrow = Numbers.Copy(wide);

        MatMulTile.Multiply(a.Pointer, b.Pointer, Depth, accumulate: true, wide.Pointer, MatMulTile.Columns);
        MatMulTile.MultiplyNarrow(a.Pointer, b.Pointer, Depth, accumulate: true, narrow.Pointer, MatMulTile.Columns);

        Assert.Equal(wide.Span.ToArray(), narrow.Span.ToArray());
    }

    private static double[] Reference(
        NativeBuffer<float> a,
        long rowStride,
        long aDepthStride,
        NativeBuffer<float> b,
        long bDepthStride,
        long columnStride,
        int rows,
        int columns,
        int depth,
        NativeBuffer<float> c)
    {
        double[] result = new double[rows * columns];
        for (int m = 0; m < rows; m++)
        {
            for (int n = 0; n < columns; n++)
            {
                double sum = c[((long)m * columns) + n];
                for (int k = 0; k < depth; k++)
                {
                    sum += (double)a[(m * rowStride) + (k * aDepthStride)] * b[(k * bDepthStride) + (n * columnStride)];
                }

                result[(m * columns) + n] = sum;
            }
        }

        return result;
    }
}
