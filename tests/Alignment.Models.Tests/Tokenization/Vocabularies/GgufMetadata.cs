using System.Text;

namespace Alignment.Models.Tests.Tokenization.Vocabularies;

/// <summary>The key-value pairs at the head of a GGUF file; arrays are lists of boxed values.</summary>
internal static class GgufMetadata
{
    public static Dictionary<string, object> Read(string path)
    {
        using var reader = new BinaryReader(File.OpenRead(path));
        Assert.Equal("GGUF"u8.ToArray(), reader.ReadBytes(4));
        reader.ReadUInt32();
        reader.ReadUInt64();
        Dictionary<string, object> values = [];
        for (ulong left = reader.ReadUInt64(); left > 0; left--)
        {
            values.Add(ReadText(reader), ReadValue(reader, reader.ReadUInt32()));
        }

        return values;
    }

    private static string ReadText(BinaryReader reader) => Encoding.UTF8.GetString(reader.ReadBytes((int)reader.ReadUInt64()));

    private static object ReadValue(BinaryReader reader, uint type) => type switch
    {
        0 => reader.ReadByte(),
        1 => reader.ReadSByte(),
        2 => reader.ReadUInt16(),
        3 => reader.ReadInt16(),
        4 => reader.ReadUInt32(),
        5 => reader.ReadInt32(),
        6 => reader.ReadSingle(),
        7 => reader.ReadBoolean(),
        8 => ReadText(reader),
        9 => ReadList(reader),
        10 => reader.ReadUInt64(),
        11 => reader.ReadInt64(),
        12 => reader.ReadDouble(),
        _ => throw new InvalidDataException($"value type {type}"),
    };

    private static List<object> ReadList(BinaryReader reader)
    {
        uint type = reader.ReadUInt32();
        List<object> values = [];
        for (ulong left = reader.ReadUInt64(); left > 0; left--)
        {
            values.Add(ReadValue(reader, type));
        }

        return values;
    }
}
