using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Alignment.Training.Checkpoints;

namespace Alignment.Training.Rewards.Features;

/// <summary>
/// Rows on the disk: a mark, 32 bytes of what they are rows of, int64 count, int32 width and zeros up to 64 bytes, the rows as f32, and 32
/// bytes SHA-256 of all before. Mapped, so that of however many rows only those that are being read need memory.
/// </summary>
internal static unsafe class FeatureFile
{
    private const int HeaderLength = 64;
    private const int Chunk = 1 << 20;

    private static ReadOnlySpan<byte> Mark => "ALNFEAT1"u8;

    /// <summary>Writes rows that <paramref name="fill"/> gives one block after the other; what fails leaves nothing new.</summary>
    public static void Write(string path, byte[] key, long rows, int width, Action<Action<ReadOnlySpan<float>>> fill) =>
        AtomicFile.Write(path, stream =>
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Append(Header(key, rows, width));
            fill(block => Append(MemoryMarshal.AsBytes(block)));
            stream.Write(hash.GetHashAndReset());

            void Append(ReadOnlySpan<byte> bytes)
            {
                hash.AppendData(bytes);
                stream.Write(bytes);
            }
        });

    /// <summary>
    /// Maps the rows of a file and checks them, which reads it once; null where there is no such file, or where it is not whole: it can
    /// always be made again.
    /// </summary>
    public static FeatureTable? TryOpen(string path, byte[] key, int width, long rows, long[] firstRows)
    {
        if (!IsWhole(path, Header(key, rows, width), rows * width * sizeof(float)))
        {
            return null;
        }

        MappedRows mapped = new(path);
        return new FeatureTable((float*)(mapped.Pointer + HeaderLength), width, width, firstRows, mapped);
    }

    private static byte[] Header(byte[] key, long rows, int width)
    {
        byte[] header = new byte[HeaderLength];
        Mark.CopyTo(header);
        key.CopyTo(header, Mark.Length);
        BitConverter.TryWriteBytes(header.AsSpan(Mark.Length + key.Length), rows);
        BitConverter.TryWriteBytes(header.AsSpan(Mark.Length + key.Length + sizeof(long)), width);
        return header;
    }

    private static bool IsWhole(string path, byte[] header, long bytes)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        using FileStream stream = File.OpenRead(path);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] chunk = new byte[Chunk];
        if (stream.Length != header.Length + bytes + SHA256.HashSizeInBytes || !Take(header.Length).SequenceEqual(header))
        {
            return false;
        }

        for (long left = bytes; left > 0; left -= Math.Min(left, Chunk))
        {
            Take((int)Math.Min(left, Chunk));
        }

        byte[] expected = hash.GetHashAndReset();
        return Take(expected.Length).SequenceEqual(expected);

        ReadOnlySpan<byte> Take(int count)
        {
            stream.ReadExactly(chunk.AsSpan(0, count));
            hash.AppendData(chunk.AsSpan(0, count));
            return chunk.AsSpan(0, count);
        }
    }

    /// <summary>A file as memory, for reading; it may be deleted meanwhile.</summary>
    private sealed class MappedRows : IDisposable
    {
        private readonly MemoryMappedFile _file;
        private readonly MemoryMappedViewAccessor _view;

        public MappedRows(string path)
        {
            _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
            _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            byte* pointer = null;
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
            Pointer = pointer;
        }

        public byte* Pointer { get; }

        public void Dispose()
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }
}
