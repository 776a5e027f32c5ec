using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Alignment.Compute.Memory;
using Alignment.Training.Checkpoints;

namespace Alignment.Training.LanguageModels;

/// <summary>
/// The whole state of an interrupted run in one file: 32 bytes that identify settings and data, int32 updates, then values, first and second
/// moments as f32. Written atomically; a run with other settings or other data refuses it.
/// </summary>
public sealed class RunCheckpoint(string path, LanguageModelSettings settings, string dataSha256)
{
    private const int Chunk = 1 << 20;

    private readonly byte[] _identity = SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(settings) + dataSha256));

    /// <summary>Saves the run as it stands.</summary>
    public void Save(LanguageModelTrainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(_identity);
            stream.Write(BitConverter.GetBytes(trainer.Optimizer.Steps));
            foreach (NativeBuffer<float> buffer in Buffers(trainer))
            {
                ForEachChunk(buffer, chunk => stream.Write(chunk));
            }
        });
    }

    /// <summary>Restores the run where the file exists; says whether it did.</summary>
    /// <exception cref="InvalidDataException">The file belongs to another run or is damaged.</exception>
    public bool TryRestore(LanguageModelTrainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        if (!File.Exists(path))
        {
            return false;
        }

        using FileStream stream = File.OpenRead(path);
        byte[] identity = new byte[_identity.Length];
        stream.ReadAtLeast(identity, identity.Length, throwOnEndOfStream: false);
        long expected = _identity.Length + sizeof(int) + Buffers(trainer).Sum(buffer => buffer.Length * sizeof(float));
        if (stream.Length != expected || !identity.AsSpan().SequenceEqual(_identity))
        {
            throw new InvalidDataException($"{path}: belongs to a run with other settings or data; give another folder, or remove it to start again");
        }

        byte[] steps = new byte[sizeof(int)];
        stream.ReadExactly(steps);
        trainer.Optimizer.Steps = BitConverter.ToInt32(steps);
        foreach (NativeBuffer<float> buffer in Buffers(trainer))
        {
            ForEachChunk(buffer, chunk => stream.ReadExactly(chunk));
        }

        return true;
    }

    private static NativeBuffer<float>[] Buffers(LanguageModelTrainer trainer) => [trainer.Model.Values, .. trainer.Optimizer.Moments];

    private static unsafe void ForEachChunk(NativeBuffer<float> buffer, ChunkAction action)
    {
        for (long start = 0; start < buffer.Length; start += Chunk)
        {
            action(MemoryMarshal.AsBytes(new Span<float>(buffer.Pointer + start, (int)Math.Min(Chunk, buffer.Length - start))));
        }
    }

    private delegate void ChunkAction(Span<byte> bytes);
}
