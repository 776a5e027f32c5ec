using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Alignment.Training.Data.Packing;

/// <summary>
/// All documents of a training set as one array of tokens, in the order in which training should see them. The file, little-endian:
/// <c>ALIGNTOK</c>, int32 version, int32 vocabulary size, int32 documents, int32 tokens, 32 bytes SHA-256 of vocabulary size, starts and
/// tokens, int32 start of each document, uint16 tokens.
/// </summary>
public sealed class PackedTokens
{
    internal const int Version = 1;
    internal const int HeaderSize = 24 + SHA256.HashSizeInBytes;

    private readonly int[] _starts;
    private readonly ushort[] _tokens;

    private PackedTokens(int vocabularySize, string sha256, int[] starts, ushort[] tokens)
    {
        (VocabularySize, Sha256, _starts, _tokens) = (vocabularySize, sha256, starts, tokens);
    }

    /// <summary>Every token is below.</summary>
    public int VocabularySize { get; }

    /// <summary>Hash of the content, in hexadecimal: names the training set in checkpoints.</summary>
    public string Sha256 { get; }

    /// <summary>[tokens].</summary>
    public ReadOnlySpan<ushort> Tokens => _tokens;

    /// <summary>[documents], ascending, the first is 0.</summary>
    public ReadOnlySpan<int> DocumentStarts => _starts;

    internal static ReadOnlySpan<byte> Magic => "ALIGNTOK"u8;

    /// <summary>Reads a file into memory (two bytes a token) and checks it completely.</summary>
    /// <exception cref="InvalidDataException">The file is no such file, truncated or damaged.</exception>
    public static PackedTokens Open(string path)
    {
        using FileStream stream = File.OpenRead(path);
        Span<byte> header = stackalloc byte[HeaderSize];
        Check(
            path,
            stream.ReadAtLeast(header, HeaderSize, throwOnEndOfStream: false) == HeaderSize && header.StartsWith(Magic),
            "magic",
            "not a packed token file");
        Check(path, BinaryPrimitives.ReadInt32LittleEndian(header[8..]) == Version, "version", $"only {Version} is known");
        int vocabularySize = BinaryPrimitives.ReadInt32LittleEndian(header[12..]);
        int documents = BinaryPrimitives.ReadInt32LittleEndian(header[16..]);
        int tokens = BinaryPrimitives.ReadInt32LittleEndian(header[20..]);
        Check(
            path,
            documents >= 0
                && tokens >= 0
                && stream.Length == HeaderSize + (sizeof(int) * (long)documents) + (sizeof(ushort) * (long)tokens),
            "documents, tokens",
            "do not fit the file's length");

        int[] starts = new int[documents];
        ushort[] ids = new ushort[tokens];
        stream.ReadExactly(MemoryMarshal.AsBytes(starts.AsSpan()));
        stream.ReadExactly(MemoryMarshal.AsBytes(ids.AsSpan()));
        Check(path, header[24..].SequenceEqual(Hash(vocabularySize, starts, ids)), "sha256", "the content is damaged");
        Check(path, AreStarts(starts, tokens), "documents", "starts do not ascend from 0");
        Check(path, tokens == 0 || ids.Max() < vocabularySize, "tokens", "a token lies beyond the vocabulary");
        return new PackedTokens(vocabularySize, Convert.ToHexStringLower(header[24..]), starts, ids);
    }

    internal static byte[] Hash(int vocabularySize, ReadOnlySpan<int> starts, ReadOnlySpan<ushort> tokens)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in vocabularySize)));
        hash.AppendData(MemoryMarshal.AsBytes(starts));
        hash.AppendData(MemoryMarshal.AsBytes(tokens));
        return hash.GetHashAndReset();
    }

    private static bool AreStarts(ReadOnlySpan<int> starts, int tokens)
    {
        int previous = -1;
        foreach (int start in starts)
        {
            if (start <= previous || start >= tokens)
            {
                return false;
            }

            previous = start;
        }

        return starts.IsEmpty ? tokens == 0 : starts[0] == 0;
    }

    private static void Check(string path, bool holds, string field, string reason)
    {
        if (!holds)
        {
            throw new InvalidDataException($"{path}: {field}: {reason}.");
        }
    }
}
