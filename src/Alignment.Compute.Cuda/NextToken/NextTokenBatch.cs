using System.Runtime.InteropServices;
using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cuda.Driver;
using Alignment.Compute.Cuda.Launches;
using Alignment.Compute.Cuda.Memory;
using Alignment.Compute.Cuda.Session;

namespace Alignment.Compute.Cuda.NextToken;

/// <summary>
/// Next-token rows on their way through the device: their rules go there, the kernels run, what they found becomes choices. Logits never
/// leave the device. Rows that one post cannot carry go in several, one after the other; no row's numbers tell.
/// </summary>
internal sealed unsafe class NextTokenBatch(DeviceSession session) : IDisposable
{
    private readonly NextTokenInputs _inputs = new();
    private readonly Scratch _scores = new(session);
    private readonly Scratch _tables = new(session);
    private readonly Scratch _results = new(session);
    private readonly Scratch _digits = new(session);
    private PinnedMemory _received = new(1 << 16);

    /// <summary>Runs the kernels over the rows and fills their choices.</summary>
    public void Run(ReadOnlySpan<NextTokenRow> rows)
    {
        foreach (NextTokenRow row in rows)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(row.Vocabulary, NextTokenTiles.MostVocabulary);
        }

        while (!rows.IsEmpty)
        {
            int count = Gather(rows);
            RunPost(rows[..count]);
            rows = rows[count..];
        }
    }

    public void Dispose()
    {
        foreach (IDisposable part in (IDisposable[])[_scores, _tables, _digits, _results, _received])
        {
            part.Dispose();
        }
    }

    /// <returns>How many of the rows go now.</returns>
    private int Gather(ReadOnlySpan<NextTokenRow> rows)
    {
        _inputs.Clear();
        int count = 0;
        while (count < rows.Length && _inputs.TryAdd(rows[count]))
        {
            count++;
        }

        return count;
    }

    private void RunPost(ReadOnlySpan<NextTokenRow> rows)
    {
        int padded = Buckets.Round(rows.Length);
        Results results = new(0, padded, Buckets.Doubling(_inputs.Guides), Buckets.Doubling(_inputs.Top));
        results = results with { Rows = _results.Reserve(results.Bytes) };
        nint scores = _scores.Reserve((long)rows.Length * _inputs.Vocabulary * sizeof(float));
        NextTokenInputs.Addresses inputs = _inputs.Send(session.Queue, padded, scores);
        Tables tables = new(0, padded, results.MostGuides);
        Launch(padded, inputs, tables with { Sources = _tables.Reserve(tables.Bytes) }, results);
        Publish(rows, results, Receive(results));
    }

    /// <summary>The steps of next_token.cuh, of which truncation is left out where no row has any.</summary>
    private void Launch(int padded, NextTokenInputs.Addresses inputs, Tables tables, Results results)
    {
        int tiles = Grid.Blocks(_inputs.Vocabulary, NextTokenTiles.Size);
        LaunchQueue queue = session.Queue;
        queue.Launch(session.Kernels.ScoreTiles, tiles, padded).With(inputs.Rows).With(inputs.Guides).With(tables.Sources);
        queue.Launch(session.Kernels.SettleRows, padded)
            .With(inputs.Rows).With(inputs.Guides).With(inputs.Counts).With(inputs.Biases)
            .With(tables.Sources).With(tables.Normalisers).With(tables.States);
        queue.Launch(session.Kernels.MeasureTiles, tiles, padded).With(inputs.Rows).With(inputs.Masks).With(tables.Scores);
        if (_inputs.Truncates)
        {
            Truncate(padded, tiles, inputs.Rows, tables);
        }

        if (_inputs.Truncates || _inputs.Weighs)
        {
            queue.Launch(session.Kernels.WeighTiles, tiles, padded)
                .With(inputs.Rows).With(tables.Scores).With(tables.States).With(tables.Weights);
        }

        queue.Launch(session.Kernels.ChooseTokens, padded)
            .With(inputs.Rows).With(inputs.Guides)
            .With(tables.Scores).With(tables.Weights).With(tables.States).With(tables.Normalisers)
            .With(results.Rows).With(results.Guides).With(results.Top);
    }

    /// <summary>Finds the thresholds digit by digit, top-k's first: top-p takes its share of what that leaves.</summary>
    private void Truncate(int padded, int tiles, nint rows, Tables tables)
    {
        nint digits = Digits(padded);
        for (int byMass = 0; byMass <= 1; byMass++)
        {
            for (int level = 0; level < NextTokenTiles.Levels; level++)
            {
                session.Queue.Launch(session.Kernels.CountKeys, tiles, padded)
                    .With(rows).With(tables.Scores).With(tables.States).With(byMass).With(level).With(digits);
                session.Queue.Launch(session.Kernels.PickKey, padded)
                    .With(rows).With(tables.Scores).With(tables.States).With(byMass).With(level).With(digits);
            }
        }
    }

    /// <summary>Counts of all digits, which the kernels leave zero.</summary>
    private nint Digits(int rows)
    {
        long bytes = (long)rows * NextTokenTiles.CountBytes;
        nint address = _digits.Reserve(bytes, out bool isNew);
        if (isNew)
        {
            session.Stream.Clear(address, bytes);
        }

        return address;
    }

    /// <summary>Waits for the device; what comes back holds until the next post.</summary>
    private ReadOnlySpan<byte> Receive(Results results)
    {
        if (_received.Bytes < results.Bytes)
        {
            PinnedMemory larger = new(results.Bytes * 2);
            _received.Dispose();
            _received = larger;
        }

        Span<byte> bytes = _received.Span[..results.Bytes];
        session.Download(results.Rows, bytes);
        return bytes;
    }

    private void Publish(ReadOnlySpan<NextTokenRow> rows, Results results, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<NextTokenOutput> outputs = MemoryMarshal.Cast<byte, NextTokenOutput>(bytes[..results.FirstGuide]);
        ReadOnlySpan<float> guides = MemoryMarshal.Cast<byte, float>(bytes[results.FirstGuide..results.FirstTop]);
        ReadOnlySpan<TopOutput> tops = MemoryMarshal.Cast<byte, TopOutput>(bytes[results.FirstTop..]);
        for (int i = 0; i < rows.Length; i++)
        {
            NextTokenInput input = _inputs[i];
            Publish(outputs[i], guides.Slice(input.FirstGuide, input.Guides), tops.Slice(input.FirstTop, input.Top), rows[i]);
        }
    }

    /// <summary>Where there is no token, the numbers stay as they were.</summary>
    private static void Publish(NextTokenOutput output, ReadOnlySpan<float> guides, ReadOnlySpan<TopOutput> tops, in NextTokenRow row)
    {
        TokenChoice choice = row.Choice;
        choice.Token = output.Token;
        if (output.Token < 0)
        {
            choice.Token = row.NoToken();
            return;
        }

        choice.LogProbability = output.LogProbability;
        choice.FrozenLogProbability = output.Frozen;
        choice.SampledLogProbability = output.Sampled;
        choice.Divergence = output.Divergence;
        guides.CopyTo(choice.GuideLogProbabilities);
        choice.Top.AsSpan().Fill(TokenLogProbability.None);
        for (int i = 0; i < tops.Length && tops[i].Token >= 0; i++)
        {
            choice.Top[i] = new TokenLogProbability(tops[i].Token, tops[i].LogProbability);
        }
    }

    /// <summary>Where what the kernels tell each other lies in its memory.</summary>
    private readonly record struct Tables(nint Sources, long MostRows, long MostGuides)
    {
        public nint Scores => Sources + (nint)((MostRows + MostGuides) * NextTokenTiles.Most * NextTokenTiles.SourceBytes);

        public nint Weights => Scores + (nint)(MostRows * NextTokenTiles.Most * NextTokenTiles.ScoreBytes);

        public nint States => Weights + (nint)(MostRows * NextTokenTiles.Most * NextTokenTiles.WeightBytes);

        public nint Normalisers => States + (nint)(MostRows * NextTokenTiles.StateBytes);

        public long Bytes => Normalisers + (MostGuides * sizeof(float)) - Sources;
    }

    /// <summary>Where the kinds of results lie in what comes back.</summary>
    private readonly record struct Results(nint Rows, int MostRows, int MostGuides, int MostTop)
    {
        public int FirstGuide => MostRows * sizeof(NextTokenOutput);

        public int FirstTop => FirstGuide + (((MostGuides * sizeof(float)) + 7) / 8 * 8);

        public nint Guides => Rows + FirstGuide;

        public nint Top => Rows + FirstTop;

        public int Bytes => FirstTop + (MostTop * sizeof(TopOutput));
    }
}
