using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Alignment.Compute.Contract;

namespace Alignment.Training.Checkpoints;

/// <summary>
/// Writes a <c>.safetensors</c> file: 8 bytes length of the header, JSON header (name, dtype, shape, offsets), then the tensors without
/// gaps, all little-endian. Format: https://github.com/huggingface/safetensors.
/// </summary>
public static class SafetensorsWriter
{
    private const int Chunk = 1 << 14;

    /// <summary>Writes all tensors in their order. The file appears whole or not at all.</summary>
    /// <exception cref="ArgumentException">Two tensors share a name.</exception>
    public static void Write(string path, IReadOnlyList<TensorValues> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(metadata);
        if (tensors.GroupBy(tensor => tensor.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"{path}: two tensors are named '{twice.Key}'.", nameof(tensors));
        }

        AtomicFile.Write(path, stream =>
        {
            stream.Write(Header(tensors, metadata));
            byte[] buffer = new byte[Chunk * sizeof(ushort)];
            foreach (TensorValues tensor in tensors)
            {
                WriteValues(tensor, buffer, stream);
            }
        });
    }

    // Padded by spaces to a multiple of 8, so that the tensors are aligned in a mapped file.
    private static byte[] Header(IReadOnlyList<TensorValues> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using MemoryStream json = new();
        json.Write(stackalloc byte[sizeof(ulong)]);
        using (Utf8JsonWriter writer = new(json))
        {
            writer.WriteStartObject();
            WriteMetadata(metadata, writer);
            long offset = 0;
            foreach (TensorValues tensor in tensors)
            {
                WriteEntry(tensor, offset, writer);
                offset = checked(offset + tensor.ByteLength);
            }

            writer.WriteEndObject();
        }

        json.Write(Encoding.ASCII.GetBytes(new string(' ', (int)(-json.Length & 7))));
        byte[] header = json.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)header.Length - sizeof(ulong));
        return header;
    }

    private static void WriteMetadata(IReadOnlyDictionary<string, string> metadata, Utf8JsonWriter writer)
    {
        writer.WriteStartObject("__metadata__");
        foreach ((string key, string value) in metadata)
        {
            writer.WriteString(key, value);
        }

        writer.WriteEndObject();
    }

    private static void WriteEntry(TensorValues tensor, long offset, Utf8JsonWriter writer)
    {
        writer.WriteStartObject(tensor.Name);
        writer.WriteString("dtype", tensor.Type == DType.F32 ? "F32" : "BF16");
        writer.WriteStartArray("shape");
        foreach (int size in tensor.Shape)
        {
            writer.WriteNumberValue(size);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("data_offsets");
        writer.WriteNumberValue(offset);
        writer.WriteNumberValue(checked(offset + tensor.ByteLength));
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteValues(TensorValues tensor, byte[] buffer, Stream stream)
    {
        for (long start = 0; start < tensor.Length; start += Chunk)
        {
            ReadOnlySpan<float> values = tensor.Slice(start, (int)Math.Min(Chunk, tensor.Length - start));
            if (tensor.Type == DType.F32)
            {
                stream.Write(MemoryMarshal.AsBytes(values));
                continue;
            }

            Span<byte> rounded = buffer.AsSpan(0, values.Length * sizeof(ushort));
            for (int i = 0; i < values.Length; i++)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(rounded[(i * sizeof(ushort))..], Bf16.Round(values[i]));
            }

            stream.Write(rounded);
        }
    }
}
