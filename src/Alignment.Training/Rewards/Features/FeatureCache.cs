using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Alignment.Compute.Memory;
using Alignment.Compute.Threading;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards.Features;

/// <summary>
/// Hidden states of a frozen model, computed once and kept on the disk: the model never changes, so one pass serves every epoch, seed and
/// objective of every head. A file's name is the hash of weights, device, reading and tokens; the folder can be deleted at any time, and
/// what is damaged in it is computed again.
/// </summary>
/// <param name="model">The model, which the caller owns.</param>
/// <param name="weightsSha256">Its weights.</param>
/// <param name="folder">Where the files go.</param>
public sealed unsafe class FeatureCache(TrainableTransformer model, string weightsSha256, string folder)
{
    private const int BlockBytes = 32 << 20;
    private const int MostInBlock = 1024;
    private const int NameBytes = 16;

    /// <summary>The model.</summary>
    public TrainableTransformer Model => model;

    /// <summary>Called with the responses that are done and all there are, while they are computed.</summary>
    public Action<int, int>? Progress { get; init; }

    /// <summary>
    /// The rows of every response, in their order, from the disk or computed. Responses that begin alike run one after the other, and the
    /// tokens that they share run once: a prompt once for all of its responses.
    /// </summary>
    /// <returns>The caller's to dispose.</returns>
    /// <exception cref="OperationCanceledException">It was told to stop; nothing of it is kept.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public FeatureTable Read(IReadOnlyList<ResponseTokens> responses, FeatureReading reading, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(responses);
        ArgumentNullException.ThrowIfNull(reading);
        byte[] key = Key(responses, reading);
        string path = Path.Combine(folder, $"{Convert.ToHexStringLower(key.AsSpan(0, NameBytes))}.features");
        int width = reading.Width(model.Config);
        int[] order = SharedFirst(responses);
        long[] firstRows = new long[responses.Count];
        long rows = 0;
        foreach (int index in order)
        {
            firstRows[index] = rows;
            rows += reading.Rows(responses[index]);
        }

        if (FeatureFile.TryOpen(path, key, width, rows, firstRows) is { } kept)
        {
            return kept;
        }

        FeatureFile.Write(path, key, rows, width, append => Compute(responses, order, reading, append, cancellation));
        return FeatureFile.TryOpen(path, key, width, rows, firstRows)
            ?? throw new IOException($"{path}: what was written cannot be read again");
    }

    /// <summary>Indices in the order of the tokens: neighbours have the longest beginnings in common.</summary>
    private static int[] SharedFirst(IReadOnlyList<ResponseTokens> responses)
    {
        int[] order = [.. Enumerable.Range(0, responses.Count)];
        Array.Sort(order, (a, b) =>
            responses[a].Tokens.AsSpan().SequenceCompareTo(responses[b].Tokens) is not 0 and var difference ? difference : a.CompareTo(b));
        return order;
    }

    private byte[] Key(IReadOnlyList<ResponseTokens> responses, FeatureReading reading)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{weightsSha256}\n{model.Backend.DeviceKind}\n{reading.Name}\n"));
        Span<byte> numbers = stackalloc byte[2 * sizeof(int)];
        foreach (ResponseTokens response in responses)
        {
            BinaryPrimitives.WriteInt32LittleEndian(numbers, response.Tokens.Length);
            BinaryPrimitives.WriteInt32LittleEndian(numbers[sizeof(int)..], response.Start);
            hash.AppendData(numbers);
            hash.AppendData(MemoryMarshal.AsBytes<int>(response.Tokens));
        }

        return hash.GetHashAndReset();
    }

    /// <summary>Block by block, so that memory does not grow with the responses.</summary>
    private void Compute(
        IReadOnlyList<ResponseTokens> responses,
        int[] order,
        FeatureReading reading,
        Action<ReadOnlySpan<float>> append,
        CancellationToken cancellation)
    {
        int longest = responses.Max(response => response.Tokens.Length);
        FrozenRunner[] runners = [.. Enumerable.Range(0, model.Backend.Workers).Select(_ => new FrozenRunner(model, longest))];
        try
        {
            for (int first = 0, count; first < order.Length; first += count)
            {
                cancellation.ThrowIfCancellationRequested();
                ResponseTokens[] block = Block(responses, order.AsSpan(first), reading);
                count = block.Length;
                long[] offsets = new long[count + 1];
                for (int i = 0; i < count; i++)
                {
                    offsets[i + 1] = offsets[i] + ((long)reading.Rows(block[i]) * reading.Width(model.Config));
                }

                using NativeBuffer<float> rows = new(offsets[^1]);
                model.Backend.Run(new Job(runners, block, reading, offsets, rows, cancellation));
                cancellation.ThrowIfCancellationRequested();
                append(rows.Span);
                Progress?.Invoke(first + count, order.Length);
            }
        }
        finally
        {
            Array.ForEach(runners, runner => runner.Dispose());
        }
    }

    private ResponseTokens[] Block(IReadOnlyList<ResponseTokens> responses, ReadOnlySpan<int> order, FeatureReading reading)
    {
        List<ResponseTokens> block = [];
        long bytes = 0;
        foreach (int index in order)
        {
            bytes += (long)reading.Rows(responses[index]) * reading.Width(model.Config) * sizeof(float);
            if (block.Count > 0 && (bytes > BlockBytes || block.Count == MostInBlock))
            {
                break;
            }

            block.Add(responses[index]);
        }

        return [.. block];
    }

    /// <summary>Each thread runs a stretch of the block, so that neighbours stay together.</summary>
    private readonly struct Job(
        FrozenRunner[] runners,
        ResponseTokens[] block,
        FeatureReading reading,
        long[] offsets,
        NativeBuffer<float> rows,
        CancellationToken cancellation) : IParallelJob
    {
        public void Execute(int worker, int workers)
        {
            int end = (int)((worker + 1L) * block.Length / workers);
            for (int i = (int)((long)worker * block.Length / workers); i < end && !cancellation.IsCancellationRequested; i++)
            {
                Span<float> destination = new(rows.Pointer + offsets[i], (int)(offsets[i + 1] - offsets[i]));
                runners[worker].Read(block[i], reading, destination);
            }
        }
    }
}
