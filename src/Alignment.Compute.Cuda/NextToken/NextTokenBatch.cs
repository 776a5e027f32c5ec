using System.Runtime.InteropServices;
using Alignment.Compute.Cuda.Driver;
using Alignment.Compute.Cuda.Launches;
using Alignment.Compute.Cuda.Memory;
using Alignment.Compute.NextToken;

namespace Alignment.Compute.Cuda.NextToken;

/// <summary>Next-token rows on their way to the device and back: what the rules say becomes arrays, what the kernels found becomes choices. Logits never leave the device.</summary>
internal sealed unsafe class NextTokenBatch(DeviceSession session) : IDisposable
{
    private readonly List<NextTokenInput> _rows = [];
    private readonly List<GuideInput> _guides = [];
    private readonly List<CountInput> _counts = [];
    private readonly List<BiasInput> _biases = [];
    private readonly Scratch _scores = new(session);
    private readonly Scratch _tiles = new(session);
    private readonly Scratch _results = new(session);
    private PinnedMemory _received = new(1 << 16);

    /// <summary>Runs the kernels over the rows and fills their choices.</summary>
    public void Run(ReadOnlySpan<NextTokenRow> rows)
    {
        int top = Gather(rows, out int tiles);
        int padded = Buckets.Rows(rows.Length);
        Results results = new(padded, Buckets.Doubling(_guides.Count), Buckets.Doubling(top));
        nint received = _results.Reserve(results.Bytes);
        Launch(padded, tiles, results, received);
        if (_received.Bytes < results.Bytes)
        {
            PinnedMemory larger = new(results.Bytes * 2);
            _received.Dispose();
            _received = larger;
        }

        Span<byte> bytes = _received.Span[..results.Bytes];
        session.Download(received, bytes);
        Publish(rows, results, bytes);
    }

    public void Dispose()
    {
        foreach (IDisposable part in (IDisposable[])[_scores, _tiles, _results, _received])
        {
            part.Dispose();
        }
    }

    private void Launch(int padded, int tiles, Results results, nint received)
    {
        // Padding rows have a vocabulary of zero.
        CollectionsMarshal.SetCount(_rows, padded);
        LaunchQueue queue = session.Queue;
        queue.MakeRoom(((long)padded * sizeof(NextTokenInput)) + (_guides.Count * sizeof(GuideInput)) + (_counts.Count * sizeof(CountInput)) + (_biases.Count * sizeof(BiasInput)));
        nint inputs = queue.Send<NextTokenInput>(CollectionsMarshal.AsSpan(_rows));
        nint guides = queue.Send<GuideInput>(CollectionsMarshal.AsSpan(_guides));
        nint counts = queue.Send<CountInput>(CollectionsMarshal.AsSpan(_counts));
        nint biases = queue.Send<BiasInput>(CollectionsMarshal.AsSpan(_biases));
        long sourceBytes = (long)(padded + results.Guides) * NextTokenTiles.Most * NextTokenTiles.SourceBytes;
        long scoreBytes = (long)padded * NextTokenTiles.Most * NextTokenTiles.ScoreBytes;
        nint sourceTiles = _tiles.Reserve(sourceBytes + scoreBytes + ((long)padded * NextTokenTiles.StateBytes) + (results.Guides * sizeof(float)));
        nint scoreTiles = sourceTiles + (nint)sourceBytes;
        nint states = scoreTiles + (nint)scoreBytes;
        nint normalisers = states + (padded * NextTokenTiles.StateBytes);
        queue.Launch(session.Kernels.ScoreTiles, tiles, padded).With(inputs).With(guides).With(sourceTiles);
        queue.Launch(session.Kernels.SettleRows, padded).With(inputs).With(guides).With(counts).With(biases).With(sourceTiles).With(normalisers).With(states);
        queue.Launch(session.Kernels.MeasureTiles, tiles, padded).With(inputs).With(scoreTiles);
        queue.Launch(session.Kernels.ChooseTokens, padded).With(inputs).With(guides).With(scoreTiles).With(states).With(normalisers)
            .With(received).With(received + results.FirstGuide).With(received + results.FirstTop);
    }

    /// <returns>Entries of the lists of best tokens.</returns>
    private int Gather(ReadOnlySpan<NextTokenRow> rows, out int tiles)
    {
        _rows.Clear();
        _guides.Clear();
        _counts.Clear();
        _biases.Clear();
        int top = 0;
        int vocabulary = 0;
        foreach (NextTokenRow row in rows)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(row.Vocabulary, NextTokenTiles.MostVocabulary);
            vocabulary = Math.Max(vocabulary, row.Vocabulary);
        }

        tiles = (vocabulary + NextTokenTiles.Size - 1) / NextTokenTiles.Size;
        nint next = _scores.Reserve((long)rows.Length * vocabulary * sizeof(float));
        foreach (NextTokenRow row in rows)
        {
            _rows.Add(Describe(row, next, top));
            next += vocabulary * sizeof(float);
            top += Math.Min(row.Rule.TopLogProbabilities, row.Choice.Top.Length);
        }

        return top;
    }

    private NextTokenInput Describe(in NextTokenRow row, nint scores, int firstTop)
    {
        NextTokenRule rule = row.Rule;
        (int firstGuide, int firstCount, int firstBias) = (_guides.Count, _counts.Count, _biases.Count);
        foreach (GuideRow guide in row.Guides.AsSpan(0, row.GuideCount))
        {
            _guides.Add(new GuideInput { Logits = ((CudaTensor)guide.Logits).RowAddress(guide.Row), Weight = guide.Weight });
        }

        if (row.Counts is { } counts)
        {
            foreach ((int token, TokenCounts.Occurrences occurrences) in counts)
            {
                _counts.Add(new CountInput { Token = token, Prompt = occurrences.Prompt, Response = occurrences.Response });
            }
        }

        for (int i = 0; i < rule.Bias.Count; i++)
        {
            if ((uint)rule.Bias[i].Token < (uint)row.Vocabulary)
            {
                _biases.Add(new BiasInput { Token = rule.Bias[i].Token, Value = rule.Bias[i].Value });
            }
        }

        return new NextTokenInput
        {
            Logits = ((CudaTensor)row.Logits).RowAddress(row.Row),
            Scores = scores,
            Seed = rule.Seed,
            Position = (ulong)row.Position,
            Candidate = (ulong)row.Candidate,
            Vocabulary = row.Vocabulary,
            FirstGuide = firstGuide,
            Guides = row.GuideCount,
            FirstCount = firstCount,
            Counts = _counts.Count - firstCount,
            FirstBias = firstBias,
            Biases = _biases.Count - firstBias,
            TopK = rule.TopK,
            FirstTop = firstTop,
            Top = Math.Min(rule.TopLogProbabilities, row.Choice.Top.Length),
            Report = rule.Report ? 1 : 0,
            Temperature = rule.Temperature,
            TopP = rule.TopP,
            MinP = rule.MinP,
            Repetition = rule.RepetitionPenalty,
            Frequency = rule.FrequencyPenalty,
            Presence = rule.PresencePenalty,
            GuideFloor = NextTokenRule.GuideFloor,
        };
    }

    private void Publish(ReadOnlySpan<NextTokenRow> rows, Results results, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<NextTokenOutput> outputs = MemoryMarshal.Cast<byte, NextTokenOutput>(bytes[..results.FirstGuide]);
        ReadOnlySpan<float> guides = MemoryMarshal.Cast<byte, float>(bytes[results.FirstGuide..results.FirstTop]);
        ReadOnlySpan<TopOutput> tops = MemoryMarshal.Cast<byte, TopOutput>(bytes[results.FirstTop..]);
        for (int i = 0; i < rows.Length; i++)
        {
            TokenChoice choice = rows[i].Choice;
            NextTokenOutput output = outputs[i];
            choice.Token = output.Token;
            if (output.Token < 0)
            {
                continue;
            }

            (choice.LogProbability, choice.FrozenLogProbability, choice.SampledLogProbability) = (output.LogProbability, output.Frozen, output.Sampled);
            choice.Divergence = output.Divergence;
            NextTokenInput input = _rows[i];
            guides.Slice(input.FirstGuide, input.Guides).CopyTo(choice.GuideLogProbabilities);
            for (int j = 0; j < choice.Top.Length; j++)
            {
                TopOutput top = j < input.Top ? tops[input.FirstTop + j] : new TopOutput { Token = -1 };
                choice.Top[j] = top.Token < 0 ? TokenLogProbability.None : new TokenLogProbability(top.Token, top.LogProbability);
            }
        }
    }

    /// <summary>Where the kinds of results lie in what comes back.</summary>
    private readonly record struct Results(int Rows, int Guides, int Top)
    {
        public int FirstGuide => Rows * sizeof(NextTokenOutput);

        public int FirstTop => FirstGuide + (((Guides * sizeof(float)) + 7) / 8 * 8);

        public int Bytes => FirstTop + (Top * sizeof(TopOutput));
    }
}
