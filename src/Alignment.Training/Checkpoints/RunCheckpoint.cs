using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Alignment.Compute.Contract.Training;

namespace Alignment.Training.Checkpoints;

/// <summary>
/// The whole state of an interrupted run in one file: a mark, int32 length and UTF-8 JSON of the <see cref="RunIdentity"/>, int32 updates,
/// then parameters, first and second moments as f32, 32 bytes SHA-256 of all before. Written atomically; a run of another identity refuses
/// it by name.
/// </summary>
public sealed class RunCheckpoint(string path, RunIdentity identity)
{
    private const int Chunk = 1 << 20;
    private const int LongestIdentity = 1 << 16;
    private const string Damaged = "is truncated, damaged or of another version; remove it to start again";

    private readonly byte[] _identity = identity.ToBytes();

    private static ReadOnlySpan<byte> Mark => "ALNRUN02"u8;

    /// <summary>Saves the run as it stands.</summary>
    public void Save(IResumableRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        AtomicFile.Write(path, stream =>
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Write(Mark);
            Write(BitConverter.GetBytes(_identity.Length));
            Write(_identity);
            Write(BitConverter.GetBytes(run.Optimizer.Steps));
            foreach (TrainingBuffer buffer in Buffers(run))
            {
                ForEachChunk(buffer, (start, chunk) =>
                {
                    buffer.Read(start, chunk);
                    Write(MemoryMarshal.AsBytes(chunk));
                });
            }

            stream.Write(hash.GetHashAndReset());

            void Write(ReadOnlySpan<byte> bytes)
            {
                hash.AppendData(bytes);
                stream.Write(bytes);
            }
        });
    }

    /// <summary>Restores the run where the file exists; says whether it did.</summary>
    /// <exception cref="InvalidDataException">The file belongs to another run or is damaged; this run is then of no more use.</exception>
    public bool TryRestore(IResumableRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        AtomicFile.RemoveUnfinished(path);
        if (!File.Exists(path))
        {
            return false;
        }

        using FileStream stream = File.OpenRead(path);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Require(Read(Mark.Length).AsSpan().SequenceEqual(Mark), Damaged);
        int length = BitConverter.ToInt32(Read(sizeof(int)));
        Require(length is > 0 and < LongestIdentity, Damaged);
        RequireSame(Read(length));
        int steps = BitConverter.ToInt32(Read(sizeof(int)));
        Require(
            stream.Length == stream.Position + Buffers(run).Sum(buffer => buffer.Length * sizeof(float)) + SHA256.HashSizeInBytes, Damaged);
        foreach (TrainingBuffer buffer in Buffers(run))
        {
            ForEachChunk(buffer, (start, chunk) =>
            {
                stream.ReadExactly(MemoryMarshal.AsBytes(chunk));
                hash.AppendData(MemoryMarshal.AsBytes(chunk));
                buffer.Write(start, chunk);
            });
        }

        byte[] sum = new byte[SHA256.HashSizeInBytes];
        stream.ReadExactly(sum);
        Require(hash.GetHashAndReset().AsSpan().SequenceEqual(sum), Damaged);
        run.Optimizer.Steps = steps;
        return true;

        byte[] Read(int count)
        {
            byte[] bytes = new byte[count];
            Require(stream.ReadAtLeast(bytes, count, throwOnEndOfStream: false) == count, Damaged);
            hash.AppendData(bytes);
            return bytes;
        }
    }

    private void RequireSame(byte[] stored)
    {
        RunIdentity? earlier = null;
        try
        {
            earlier = RunIdentity.Parse(stored);
        }
        catch (JsonException)
        {
            Require(false, Damaged);
        }

        string[] differences = [.. identity.Differences(earlier!)];
        Require(
            differences.Length == 0,
            $"belongs to a run with other settings, data or device: {string.Join(", ", differences)}; "
            + "give those, another --output, or remove it to start again");
    }

    private void Require(bool holds, string problem)
    {
        if (!holds)
        {
            throw new InvalidDataException($"{path}: {problem}");
        }
    }

    private static TrainingBuffer[] Buffers(IResumableRun run) => [run.Parameters, .. run.Optimizer.Moments];

    private static void ForEachChunk(TrainingBuffer buffer, ChunkAction action)
    {
        float[] chunk = new float[Math.Min(Chunk, buffer.Length)];
        for (long start = 0; start < buffer.Length; start += Chunk)
        {
            action(start, chunk.AsSpan(0, (int)Math.Min(Chunk, buffer.Length - start)));
        }
    }

    private delegate void ChunkAction(long start, Span<float> chunk);
}
