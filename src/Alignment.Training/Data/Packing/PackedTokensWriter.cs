using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Alignment.Training.Checkpoints;

namespace Alignment.Training.Data.Packing;

/// <summary>Writes the file that <see cref="PackedTokens"/> reads.</summary>
public static class PackedTokensWriter
{
    /// <summary>Writes the documents in their order; the file appears whole or not at all.</summary>
    /// <param name="documents">Their sources are indices of <paramref name="sources"/>.</param>
    /// <param name="sources">At most 65,535 paths.</param>
    /// <param name="vocabularySize">Every token is below.</param>
    /// <param name="tokenizerSha256">See <see cref="PackedContents.HashTokenizer"/>.</param>
    /// <param name="path">Of the file.</param>
    /// <exception cref="OverflowException">More than 2^31 tokens.</exception>
    public static void Write(
        IReadOnlyList<PackedDocument> documents, IReadOnlyList<string> sources, int vocabularySize, string tokenizerSha256, string path)
    {
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentNullException.ThrowIfNull(sources);
        int[] starts = new int[documents.Count];
        int count = 0;
        for (int i = 0; i < starts.Length; i++)
        {
            starts[i] = count;
            count = checked(count + documents[i].Tokens.Length);
        }

        ushort[] tokens = new ushort[count];
        for (int i = 0; i < starts.Length; i++)
        {
            documents[i].Tokens.CopyTo(tokens, starts[i]);
        }

        ushort[] owners = [.. documents.Select(document => checked((ushort)document.Source))];
        byte[] contents = JsonSerializer.SerializeToUtf8Bytes(
            Describe(documents, sources, vocabularySize, tokenizerSha256), PackedTokens.Json);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(Header(contents, starts, owners, tokens));
            stream.Write(contents);
            stream.Write(MemoryMarshal.AsBytes<int>(starts));
            stream.Write(MemoryMarshal.AsBytes<ushort>(owners));
            stream.Write(MemoryMarshal.AsBytes<ushort>(tokens));
        });
    }

    private static PackedContents Describe(
        IReadOnlyList<PackedDocument> documents, IReadOnlyList<string> sources, int vocabularySize, string tokenizerSha256)
    {
        long[] bytes = new long[sources.Count];
        foreach (PackedDocument document in documents)
        {
            bytes[document.Source] += document.Bytes;
        }

        return new PackedContents(vocabularySize, tokenizerSha256, [.. sources.Zip(bytes, (name, sum) => new PackedSource(name, sum))]);
    }

    private static byte[] Header(byte[] contents, int[] starts, ushort[] owners, ushort[] tokens)
    {
        byte[] header = new byte[PackedTokens.HeaderSize];
        PackedTokens.Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), PackedTokens.Version);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), contents.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), starts.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(20), tokens.Length);
        PackedTokens.Hash(contents, starts, owners, tokens).CopyTo(header, 24);
        return header;
    }
}
