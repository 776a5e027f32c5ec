using Alignment.Compute.Contract;
using Alignment.Compute.Contract.Random;
using Alignment.Compute.Cuda.Driver;
using Alignment.Compute.Tests.Cpu;

namespace Alignment.Compute.Cuda.Tests;

/// <summary>What measurements on a device rest on: weights drawn there, and copies within it.</summary>
[Collection(nameof(TestDevice))]
public sealed class RandomWeightsTests
{
    [CudaFact]
    public void Weights_are_the_generators_numbers_and_those_of_the_next_matrix_are_others()
    {
        const int Rows = 11;
        const int Columns = 3001;
        using CudaBackend cuda = new() { RandomWeights = true };
        using WeightMatrix first = Inputs.Weight(cuda, Rows, Columns, DType.Bf16, 1);
        using WeightMatrix second = Inputs.Weight(cuda, Rows, Columns, DType.Bf16, 1);
        using Tensor output = cuda.CreateTensor(Rows, Columns);
        foreach ((WeightMatrix matrix, ulong seed) in new[] { (first, 0UL), (second, 1UL) })
        {
            cuda.Embed(matrix, [.. Enumerable.Range(0, Rows)], output);
            Assert.Equal(Expected(Rows * Columns, MathF.Sqrt(3f / Columns), seed), Inputs.Read(cuda, output, Rows));
        }

        Assert.Throws<ArgumentException>(() => Inputs.Weight(cuda, 2, 3, DType.F32, 1));
    }

    [CudaFact]
    public void Copies_within_the_device_arrive()
    {
        using CudaDevice device = new(0);
        using CudaStream stream = new();
        using MemoryPool pool = new(0);
        using DeviceMemory source = pool.Allocate(12, stream);
        using DeviceMemory destination = pool.Allocate(12, stream);
        stream.Upload<int>([3, 1, 4], source.Address);
        stream.Copy(source.Address, 12, destination.Address);
        int[] numbers = new int[3];
        stream.Download<int>(destination.Address, numbers);
        Assert.Equal([3, 1, 4], numbers);
    }

    private static float[] Expected(int count, float scale, ulong seed)
    {
        const int Words = 4;
        const int Bits = 8;
        const float Unit = 1f / (1 << 23);
        return [.. Enumerable.Range(0, count).Select(i => Truncate(scale * (((Word(i) >> Bits) * Unit) - 1)))];

        uint Word(int i)
        {
            (uint x, uint y, uint z, uint w) = Philox.Block(seed, (ulong)(i - (i % Words)), 0);
            return (i % Words) switch { 0 => x, 1 => y, 2 => z, _ => w };
        }
    }

    private static float Truncate(float number) => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(number) & 0xFFFF0000);
}
