using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Alignment.Training.Checkpoints;

namespace Alignment.Training.Data.Packing;

/// <summary>Writes the file that <see cref="PackedTokens"/> reads.</summary>
public static class PackedTokensWriter
{
    /// <summary>Writes the documents in their order; the file appears whole or not at all.</summary>
    /// <exception cref="OverflowException">More than 2^31 tokens.</exception>
    public static void Write(IReadOnlyList<ushort[]> documents, int vocabularySize, string path)
    {
        ArgumentNullException.ThrowIfNull(documents);
        int[] starts = new int[documents.Count];
        int count = 0;
        for (int i = 0; i < starts.Length; i++)
        {
            starts[i] = count;
            count = checked(count + documents[i].Length);
        }

        ushort[] tokens = new ushort[count];
        for (int i = 0; i < starts.Length; i++)
        {
            documents[i].CopyTo(tokens, starts[i]);
        }

        AtomicFile.Write(path, stream =>
        {
            stream.Write(Header(vocabularySize, starts, tokens));
            stream.Write(MemoryMarshal.AsBytes<int>(starts));
            stream.Write(MemoryMarshal.AsBytes<ushort>(tokens));
        });
    }

    private static byte[] Header(int vocabularySize, int[] starts, ushort[] tokens)
    {
        byte[] header = new byte[PackedTokens.HeaderSize];
        PackedTokens.Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), PackedTokens.Version);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), vocabularySize);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), starts.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(20), tokens.Length);
        PackedTokens.Hash(vocabularySize, starts, tokens).CopyTo(header, 24);
        return header;
    }
}
