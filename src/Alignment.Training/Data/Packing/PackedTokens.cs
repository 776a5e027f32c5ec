using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Alignment.Training.Data.Packing;

/// <summary>
/// All documents of a training set as one array of tokens, in the order in which training should see them. The file, little-endian:
/// <c>ALIGNTOK</c>, int32 version, int32 bytes of the contents, int32 documents, int32 tokens, 32 bytes SHA-256 of all that follows, the
/// <see cref="PackedContents"/> as JSON, int32 start of each document, uint16 source of each document, uint16 tokens.
/// </summary>
public sealed class PackedTokens
{
    internal const int Version = 2;
    internal const int HeaderSize = 24 + SHA256.HashSizeInBytes;

    private const int LargestContents = 1 << 20;
    private const int ShownHash = 16;

    private readonly string _path;
    private readonly int[] _starts;
    private readonly ushort[] _owners;
    private readonly ushort[] _tokens;

    private PackedTokens(string path, PackedContents contents, string sha256, int[] starts, ushort[] owners, ushort[] tokens)
    {
        (_path, Contents, Sha256, _starts, _owners, _tokens) = (path, contents, sha256, starts, owners, tokens);
    }

    /// <summary>What the tokens mean and where they come from.</summary>
    public PackedContents Contents { get; }

    /// <summary>Every token is below.</summary>
    public int VocabularySize => Contents.VocabularySize;

    /// <summary>Hash of the content, in hexadecimal: names the training set in checkpoints.</summary>
    public string Sha256 { get; }

    /// <summary>[tokens].</summary>
    public ReadOnlySpan<ushort> Tokens => _tokens;

    /// <summary>[documents], ascending, the first is 0.</summary>
    public ReadOnlySpan<int> DocumentStarts => _starts;

    /// <summary>[documents], indices of the contents' sources.</summary>
    public ReadOnlySpan<ushort> DocumentSources => _owners;

    internal static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

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
        int version = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        Check(path, version == Version, "version", $"only {Version} is known; pack the data again");
        int described = BinaryPrimitives.ReadInt32LittleEndian(header[12..]);
        int documents = BinaryPrimitives.ReadInt32LittleEndian(header[16..]);
        int tokens = BinaryPrimitives.ReadInt32LittleEndian(header[20..]);
        Check(
            path,
            described is >= 0 and <= LargestContents && documents >= 0 && tokens >= 0
                && stream.Length == HeaderSize + described + (6 * (long)documents) + (2 * (long)tokens),
            "contents, documents, tokens",
            "do not fit the file's length");

        byte[] json = new byte[described];
        int[] starts = new int[documents];
        ushort[] owners = new ushort[documents];
        ushort[] ids = new ushort[tokens];
        stream.ReadExactly(json);
        stream.ReadExactly(MemoryMarshal.AsBytes(starts.AsSpan()));
        stream.ReadExactly(MemoryMarshal.AsBytes(owners.AsSpan()));
        stream.ReadExactly(MemoryMarshal.AsBytes(ids.AsSpan()));
        Check(path, header[24..].SequenceEqual(Hash(json, starts, owners, ids)), "sha256", "the content is damaged");
        PackedContents contents = Parse(path, json);
        Check(path, AreStarts(starts, tokens), "documents", "starts do not ascend from 0");
        Check(path, documents == 0 || owners.Max() < contents.Sources.Count, "documents", "one is of a source that is not named");
        Check(path, tokens == 0 || ids.Max() < contents.VocabularySize, "tokens", "a token lies beyond the vocabulary");
        return new PackedTokens(path, contents, Convert.ToHexStringLower(header[24..]), starts, owners, ids);
    }

    /// <summary>Refuses a tokenizer that is not the one which made these tokens.</summary>
    /// <exception cref="InvalidDataException">It is another one.</exception>
    public void RequireTokenizer(string folder)
    {
        string sha256 = PackedContents.HashTokenizer(folder);
        if (sha256 != Contents.TokenizerSha256)
        {
            throw new InvalidDataException(
                $"{_path}: tokenizer: these are tokens of the tokenizer {Shown.Of(Contents.TokenizerSha256, ShownHash)}, "
                + $"not of {folder} ({sha256[..ShownHash]}...)");
        }
    }

    internal static byte[] Hash(
        ReadOnlySpan<byte> contents, ReadOnlySpan<int> starts, ReadOnlySpan<ushort> owners, ReadOnlySpan<ushort> tokens)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(contents);
        hash.AppendData(MemoryMarshal.AsBytes(starts));
        hash.AppendData(MemoryMarshal.AsBytes(owners));
        hash.AppendData(MemoryMarshal.AsBytes(tokens));
        return hash.GetHashAndReset();
    }

    private static PackedContents Parse(string path, byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize<PackedContents>(json, Json)
                ?? throw new InvalidDataException($"{path}: contents: null is no description.");
        }
        catch (JsonException fault)
        {
            string problem = JsonFaults.OfContract(json, fault, Json.GetTypeInfo(typeof(PackedContents)));
            throw new InvalidDataException($"{path}: contents: {problem}.", fault);
        }
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
