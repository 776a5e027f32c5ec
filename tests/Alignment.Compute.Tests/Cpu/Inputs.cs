using Alignment.Compute.Contract;
using Alignment.Compute.Contract.Random;

namespace Alignment.Compute.Tests.Cpu;

/// <summary>Reproducible tensors and weights, and comparisons.</summary>
internal static unsafe class Inputs
{
    /// <summary>Numbers in [-scale, scale).</summary>
    public static float[] Numbers(int length, int seed, float scale = 1)
        => [.. Enumerable.Range(0, length).Select(i => (float)((Philox.Uniform((ulong)seed, (ulong)i, 0) * 2) - 1) * scale)];

    public static Tensor Tensor(IBackend backend, int rows, int columns, int seed, float scale = 1)
    {
        Tensor tensor = backend.CreateTensor(rows, columns);
        backend.Upload(Numbers(rows * columns, seed, scale), 0, tensor);
        return tensor;
    }

    /// <summary>A packed random weight of the given storage.</summary>
    public static WeightMatrix Weight(IBackend backend, int outputs, int inputs, DType type, int seed)
    {
        byte[] bytes = [.. Numbers(outputs * inputs, seed).SelectMany(number => Bytes(number, type))];
        fixed (byte* data = bytes)
        {
            return backend.Pack([new WeightSource(data, outputs, inputs, type)]);
        }
    }

    public static Lora Pair(IBackend backend, int outputs, int inputs, int rank, int seed)
        => backend.PackLora(Numbers(rank * inputs, seed), Numbers(outputs * rank, seed + 1), rank, 0.5f);

    public static float[] Read(IBackend backend, Tensor tensor, int rows)
    {
        var numbers = new float[rows * tensor.Columns];
        for (int row = 0; row < rows; row++)
        {
            backend.Download(tensor, row, numbers.AsSpan(row * tensor.Columns, tensor.Columns));
        }

        return numbers;
    }

    public static void AssertClose(float[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(
                Math.Abs(expected[i] - actual[i]) <= tolerance * (1 + Math.Abs(expected[i])),
                $"[{i}]: expected {expected[i]}, got {actual[i]}");
        }
    }

    private static byte[] Bytes(float number, DType type) => type switch
    {
        DType.F32 => BitConverter.GetBytes(number),
        DType.F16 => BitConverter.GetBytes((Half)number),
        _ => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(number) >> 16)),
    };
}
