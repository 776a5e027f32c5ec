using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Alignment.Compute.Training;
using Alignment.Training.Checkpoints;

namespace Alignment.Training.LanguageModels;

/// <summary>
/// The whole state of an interrupted run in one file: 32 bytes that identify settings and data, int32 updates, then values, first and second
/// moments as f32, 32 bytes SHA-256 of all before. Written atomically; a run with other settings or other data refuses it.
/// </summary>
public sealed class RunCheckpoint(string path, LanguageModelSettings settings, string dataSha256)
{
    private const int Chunk = 1 << 20;
    private const string Damaged = "is truncated or damaged; remove it to start again";

    private readonly byte[] _identity = SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(settings) + dataSha256));

    /// <summary>Saves the run as it stands.</summary>
    public void Save(LanguageModelTrainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        AtomicFile.Write(path, stream =>
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Write(_identity);
            Write(BitConverter.GetBytes(trainer.Optimizer.Steps));
            foreach (TrainingBuffer buffer in Buffers(trainer))
            {
                ForEachChunk(buffer, (start, chunk) =>
                {
                    buffer.Read(start, chunk);
                    Write(MemoryMarshal.AsBytes(chunk));
                });
            }

            stream.Write(hash.GetHashAndReset());

            void Write(Span<byte> bytes)
            {
                hash.AppendData(bytes);
                stream.Write(bytes);
            }
        });
    }

    /// <summary>Restores the run where the file exists; says whether it did.</summary>
    /// <exception cref="InvalidDataException">The file belongs to another run or is damaged; the trainer is then of no more use.</exception>
    public bool TryRestore(LanguageModelTrainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        if (!File.Exists(path))
        {
            return false;
        }

        using FileStream stream = File.OpenRead(path);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long expected = _identity.Length + sizeof(int) + Buffers(trainer).Sum(buffer => buffer.Length * sizeof(float)) + SHA256.HashSizeInBytes;
        byte[] identity = new byte[_identity.Length];
        Require(stream.Length >= identity.Length, Damaged);
        Read(identity);
        Require(identity.AsSpan().SequenceEqual(_identity), "belongs to a run with other settings or data; give another folder, or remove it to start again");
        Require(stream.Length == expected, Damaged);

        byte[] steps = new byte[sizeof(int)];
        Read(steps);
        foreach (TrainingBuffer buffer in Buffers(trainer))
        {
            ForEachChunk(buffer, (start, chunk) =>
            {
                Read(MemoryMarshal.AsBytes(chunk));
                buffer.Write(start, chunk);
            });
        }

        byte[] sum = new byte[SHA256.HashSizeInBytes];
        stream.ReadExactly(sum);
        Require(hash.GetHashAndReset().AsSpan().SequenceEqual(sum), Damaged);
        trainer.Optimizer.Steps = BitConverter.ToInt32(steps);
        return true;

        void Read(Span<byte> bytes)
        {
            stream.ReadExactly(bytes);
            hash.AppendData(bytes);
        }
    }

    private void Require(bool holds, string problem)
    {
        if (!holds)
        {
            throw new InvalidDataException($"{path}: {problem}");
        }
    }

    private static TrainingBuffer[] Buffers(LanguageModelTrainer trainer) => [trainer.Model.Values, .. trainer.Optimizer.Moments];

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
