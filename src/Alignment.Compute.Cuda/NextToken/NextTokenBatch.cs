using System.Runtime.InteropServices;
using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cuda.Driver;
using Alignment.Compute.Cuda.Launches;
using Alignment.Compute.Cuda.Memory;
using Alignment.Compute.Cuda.Session;

namespace Alignment.Compute.Cuda.NextToken;

/// <summary>
/// Next-token rows on their way to the device and back: what the rules say becomes arrays, what the kernels found becomes choices. Logits
/// never leave the device.
/// </summary>
internal sealed unsafe class NextTokenBatch(DeviceSession session) : IDisposable
{
    private readonly List<NextTokenInput> _rows = [];
    private readonly List<GuideInput> _guides = [];
    private readonly List<CountInput> _counts = [];
    private readonly List<BiasInput> _biases = [];
    private readonly List<ulong> _masks = [];
    private readonly Scratch _scores = new(session);
    private readonly Scratch _tiles = new(session);
    private readonly Scratch _results = new(session);
    private readonly Scratch _digits = new(session);
    private bool _truncates;
    private bool _weighs;
    private PinnedMemory _received = new(1 << 16);

    /// <summary>Runs the kernels over the rows and fills their choices.</summary>
    public void Run(ReadOnlySpan<NextTokenRow> rows)
    {
        int top = Gather(rows, out int tiles);
        int padded = Buckets.Round(rows.Length);
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
        foreach (IDisposable part in (IDisposable[])[_scores, _tiles, _digits, _results, _received])
        {
            part.Dispose();
        }
    }

    private void Launch(int padded, int tiles, Results results, nint received)
    {
        // Padding rows have a vocabulary of zero.
        int count = _rows.Count;
        CollectionsMarshal.SetCount(_rows, padded);
        CollectionsMarshal.AsSpan(_rows)[count..].Clear();
        LaunchQueue queue = session.Queue;
        queue.MakeRoom(
            ((long)padded * sizeof(NextTokenInput)) + (_guides.Count * sizeof(GuideInput)) + (_counts.Count * sizeof(CountInput))
            + (_biases.Count * sizeof(BiasInput)) + (_masks.Count * sizeof(ulong)));
        nint inputs = queue.Send<NextTokenInput>(CollectionsMarshal.AsSpan(_rows));
        nint guides = queue.Send<GuideInput>(CollectionsMarshal.AsSpan(_guides));
        nint counts = queue.Send<CountInput>(CollectionsMarshal.AsSpan(_counts));
        nint biases = queue.Send<BiasInput>(CollectionsMarshal.AsSpan(_biases));
        nint masks = queue.Send<ulong>(CollectionsMarshal.AsSpan(_masks));
        Areas areas = new(padded, results.Guides);
        nint sources = _tiles.Reserve(areas.Bytes);
        (nint tileScores, nint weights) = (sources + (nint)areas.Scores, sources + (nint)areas.Weights);
        (nint states, nint normalisers) = (sources + (nint)areas.States, sources + (nint)areas.Normalisers);
        queue.Launch(session.Kernels.ScoreTiles, tiles, padded).With(inputs).With(guides).With(sources);
        queue.Launch(session.Kernels.SettleRows, padded)
            .With(inputs)
            .With(guides)
            .With(counts)
            .With(biases)
            .With(sources)
            .With(normalisers)
            .With(states);
        queue.Launch(session.Kernels.MeasureTiles, tiles, padded).With(inputs).With(masks).With(tileScores);
        if (_truncates)
        {
            Truncate(padded, tiles, inputs, tileScores, states);
        }

        if (_truncates || _weighs)
        {
            queue.Launch(session.Kernels.WeighTiles, tiles, padded).With(inputs).With(tileScores).With(states).With(weights);
        }

        queue.Launch(session.Kernels.ChooseTokens, padded)
            .With(inputs)
            .With(guides)
            .With(tileScores)
            .With(weights)
            .With(states)
            .With(normalisers)
            .With(received).With(received + results.FirstGuide).With(received + results.FirstTop);
    }

    /// <summary>Finds the thresholds digit by digit, top-k's first: top-p takes its share of what that leaves.</summary>
    private void Truncate(int padded, int tiles, nint inputs, nint tileScores, nint states)
    {
        nint digits = Digits(padded);
        for (int byMass = 0; byMass <= 1; byMass++)
        {
            for (int level = 0; level < NextTokenTiles.Levels; level++)
            {
                session.Queue.Launch(session.Kernels.CountKeys, tiles, padded)
                    .With(inputs)
                    .With(tileScores)
                    .With(states)
                    .With(byMass)
                    .With(level)
                    .With(digits);
                session.Queue.Launch(session.Kernels.PickKey, padded)
                    .With(inputs)
                    .With(tileScores)
                    .With(states)
                    .With(byMass)
                    .With(level)
                    .With(digits);
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

    /// <returns>Entries of the lists of best tokens.</returns>
    private int Gather(ReadOnlySpan<NextTokenRow> rows, out int tiles)
    {
        _rows.Clear();
        _guides.Clear();
        _counts.Clear();
        _biases.Clear();
        _masks.Clear();
        (_truncates, _weighs) = (false, false);
        int top = 0;
        int vocabulary = 0;
        foreach (NextTokenRow row in rows)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(row.Vocabulary, NextTokenTiles.MostVocabulary);
            vocabulary = Math.Max(vocabulary, row.Vocabulary);
        }

        tiles = Grid.Blocks(vocabulary, NextTokenTiles.Size);
        nint next = _scores.Reserve((long)rows.Length * vocabulary * sizeof(float));
        foreach (NextTokenRow row in rows)
        {
            _rows.Add(Describe(row, next, top));
            _truncates |= row.Rule.TopK > 0 || row.Rule.TopP < 1;
            _weighs |= row.Rule.MinP > 0 || row.Rule.Report;
            next += vocabulary * sizeof(float);
            top += Math.Min(row.Rule.TopLogProbabilities, row.Choice.Top.Length);
        }

        return top;
    }

    private NextTokenInput Describe(in NextTokenRow row, nint scores, int firstTop)
    {
        NextTokenRule rule = row.Rule;
        (int firstGuide, int firstCount, int firstBias, int firstMask) = (_guides.Count, _counts.Count, _biases.Count, _masks.Count);
        foreach (GuideRow guide in row.Guides.AsSpan(0, row.GuideCount))
        {
            _guides.Add(new GuideInput { Logits = ((CudaTensor)guide.Logits).RowAddress(guide.Row), Weight = guide.Weight });
        }

        if (row.Counts is { } counts)
        {
            foreach ((int token, TokenCounts.Occurrences occurrences) in counts)
            {
                if ((uint)token < (uint)row.Vocabulary)
                {
                    _counts.Add(new CountInput { Token = token, Prompt = occurrences.Prompt, Response = occurrences.Response });
                }
            }
        }

        for (int i = 0; i < rule.Bias.Count; i++)
        {
            if ((uint)rule.Bias[i].Token < (uint)row.Vocabulary)
            {
                _biases.Add(new BiasInput { Token = rule.Bias[i].Token, Value = rule.Bias[i].Value });
            }
        }

        if (row.Mask is { } mask)
        {
            _masks.AddRange(mask.Words);
        }

        return new NextTokenInput
        {
            Logits = ((CudaTensor)row.Logits).RowAddress(row.Row),
            Scores = scores,
            Seed = rule.Seed,
            Position = (ulong)row.Position,
            Stream = row.Stream,
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
            Report = rule.Report && row.Given is null ? 1 : 0,
            Given = row.Given ?? -1,
            FirstMask = row.Mask is null ? -1 : firstMask,

            // As where the best token is taken: nothing is truncated or drawn.
            Temperature = row.Given is null ? rule.Temperature : 0,
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

            (choice.LogProbability, choice.FrozenLogProbability, choice.SampledLogProbability) = (
                output.LogProbability, output.Frozen, output.Sampled);
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

    /// <summary>Where the kernels' tables lie in their memory.</summary>
    private readonly record struct Areas(long Rows, long Guides)
    {
        public long Scores => (Rows + Guides) * NextTokenTiles.Most * NextTokenTiles.SourceBytes;

        public long Weights => Scores + (Rows * NextTokenTiles.Most * NextTokenTiles.ScoreBytes);

        public long States => Weights + (Rows * NextTokenTiles.Most * NextTokenTiles.WeightBytes);

        public long Normalisers => States + (Rows * NextTokenTiles.StateBytes);

        public long Bytes => Normalisers + (Guides * sizeof(float));
    }

    /// <summary>Where the kinds of results lie in what comes back.</summary>
    private readonly record struct Results(int Rows, int Guides, int Top)
    {
        public int FirstGuide => Rows * sizeof(NextTokenOutput);

        public int FirstTop => FirstGuide + (((Guides * sizeof(float)) + 7) / 8 * 8);

        public int Bytes => FirstTop + (Top * sizeof(TopOutput));
    }
}
