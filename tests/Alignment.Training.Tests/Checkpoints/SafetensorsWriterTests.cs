using System.Buffers.Binary;
using Alignment.Compute.Contract;
using Alignment.Compute.Memory;
using Alignment.Tests;
using Alignment.Training.Checkpoints;

namespace Alignment.Training.Tests.Checkpoints;

public sealed unsafe class SafetensorsWriterTests
{
    [Fact]
    public void The_file_holds_header_and_values_byte_by_byte()
    {
        using TemporaryFolder folder = new();
        using NativeBuffer<float> values = Values(6);
        string path = folder.File("model.safetensors");
        SafetensorsWriter.Write(
            path,
            [new("a", [2, 3], DType.F32, values.Pointer), new("b", [2], DType.Bf16, values.Pointer + 4)],
            new Dictionary<string,
            string>
            { ["format"] = "pt" });

        byte[] file = File.ReadAllBytes(path);
        int header = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file));
        Assert.Equal(0, header % 8);
        Assert.Equal(
            """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"BF16","shape":"""
            + """[2],"data_offsets":[24,28]}}""",
            System.Text.Encoding.UTF8.GetString(file, 8, header).TrimEnd());
        Assert.Equal(8 + header + 28, file.Length);
        for (int i = 0; i < 6; i++)
        {
            Assert.Equal(values[i], BinaryPrimitives.ReadSingleLittleEndian(file.AsSpan(8 + header + (i * 4))));
        }

        Assert.Equal(Bf16.Round(values[4]), BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(8 + header + 24)));
        Assert.Equal(Bf16.Round(values[5]), BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(8 + header + 26)));
    }

    [Fact]
    public void A_tensor_longer_than_a_chunk_is_written_whole()
    {
        const int Length = 40_000;
        using TemporaryFolder folder = new();
        using NativeBuffer<float> values = Values(Length);
        string path = folder.File("long.safetensors");
        SafetensorsWriter.Write(path, [new("w", [Length], DType.Bf16, values.Pointer)], new Dictionary<string, string>());

        byte[] file = File.ReadAllBytes(path);
        int start = 8 + checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file));
        Assert.Equal(start + (2 * Length), file.Length);
        Assert.All(
            Enumerable.Range(0, Length),
            i => Assert.Equal(Bf16.Round(values[i]), BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(start + (2 * i)))));
    }

    [Fact]
    public void Two_tensors_of_one_name_are_refused()
    {
        using NativeBuffer<float> values = Values(2);
        TensorValues tensor = new("w", [2], DType.F32, values.Pointer);
        Assert.Throws<ArgumentException>(
            () => SafetensorsWriter.Write("never-written", [tensor, tensor], new Dictionary<string, string>()));
    }

    private static NativeBuffer<float> Values(int length)
    {
        NativeBuffer<float> values = new(length);
        for (int i = 0; i < length; i++)
        {
            values[i] = MathF.Sin(i) * 3;
        }

        return values;
    }
}
