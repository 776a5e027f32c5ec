using System.Text;

namespace Alignment.Tests.Llama;

/// <summary>Writes a GGUF file, version 3 (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), to a stream.</summary>
internal sealed class GgufWriter
{
    private const int Alignment = 32;
    private readonly List<(string Key, uint Type, object Value)> _metadata = [];
    private readonly List<(string Name, long[] Sizes, GgufType Type, Action<BinaryWriter> Write)> _tensors = [];

    public void Add(string key, uint value) => _metadata.Add((key, 4, value));

    public void Add(string key, float value) => _metadata.Add((key, 6, value));

    public void Add(string key, string value) => _metadata.Add((key, 8, value));

    /// <param name="name">llama.cpp's name.</param>
    /// <param name="sizes">Fastest first: columns, then rows.</param>
    /// <param name="type">How numbers are stored.</param>
    /// <param name="write">Writes exactly the numbers.</param>
    public void Add(string name, long[] sizes, GgufType type, Action<BinaryWriter> write) => _tensors.Add((name, sizes, type, write));

    public void Write(string path)
    {
        using var writer = new BinaryWriter(File.Create(path), Encoding.UTF8);
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((ulong)_tensors.Count);
        writer.Write((ulong)_metadata.Count);
        foreach ((string key, uint type, object value) in _metadata)
        {
            WriteText(writer, key);
            writer.Write(type);
            WriteValue(writer, value);
        }

        ulong offset = 0;
        foreach ((string name, long[] sizes, GgufType type, _) in _tensors)
        {
            WriteText(writer, name);
            writer.Write((uint)sizes.Length);
            Array.ForEach(sizes, size => writer.Write((ulong)size));
            writer.Write((uint)type);
            writer.Write(offset);
            offset += Aligned((ulong)(sizes.Aggregate(1L, (product, size) => product * size) * (type == GgufType.F32 ? 4 : 2)));
        }

        foreach ((_, _, _, Action<BinaryWriter> write) in _tensors)
        {
            Pad(writer);
            write(writer);
        }

        Pad(writer);
    }

    private static ulong Aligned(ulong length) => (length + Alignment - 1) / Alignment * Alignment;

    private static void Pad(BinaryWriter writer) =>
        writer.Write(new byte[Aligned((ulong)writer.BaseStream.Position) - (ulong)writer.BaseStream.Position]);

    private static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static void WriteValue(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case uint number:
                writer.Write(number);
                break;
            case float number:
                writer.Write(number);
                break;
            default:
                WriteText(writer, (string)value);
                break;
        }
    }
}
