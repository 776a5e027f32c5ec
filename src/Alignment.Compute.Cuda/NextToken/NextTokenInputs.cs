using System.Runtime.InteropServices;
using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cuda.Launches;
using Alignment.Compute.Cuda.Memory;

namespace Alignment.Compute.Cuda.NextToken;

/// <summary>
/// What the rules say of some rows, as the arrays that kernels read: as many rows as travel well in one post. A mask that several rows
/// share travels once. Grows to the largest post, then allocates nothing.
/// </summary>
internal sealed unsafe class NextTokenInputs
{
    /// <summary>Half of what a post carries: rows are padded, and the rest of the pass travels along.</summary>
    private const long MostBytes = Mailbox.MostBytes / 2;

    private readonly List<NextTokenInput> _rows = [];
    private readonly List<GuideInput> _guides = [];
    private readonly List<CountInput> _counts = [];
    private readonly List<BiasInput> _biases = [];
    private readonly List<TokenMask> _masks = [];
    private readonly Dictionary<TokenMask, int> _firstWords = [];
    private int _words;
    private long _bytes;

    /// <summary>The largest vocabulary of the rows.</summary>
    public int Vocabulary { get; private set; }

    /// <summary>Guides of all rows.</summary>
    public int Guides => _guides.Count;

    /// <summary>Entries of all lists of best tokens.</summary>
    public int Top { get; private set; }

    /// <summary>Whether a row has top-k or top-p.</summary>
    public bool Truncates { get; private set; }

    /// <summary>Whether the masses of what a row may draw must be known apart from those of all its tokens.</summary>
    public bool Weighs { get; private set; }

    /// <summary>A row as it was added.</summary>
    public NextTokenInput this[int row] => _rows[row];

    public void Clear()
    {
        _rows.Clear();
        _guides.Clear();
        _counts.Clear();
        _biases.Clear();
        _masks.Clear();
        _firstWords.Clear();
        (Vocabulary, Top, Truncates, Weighs, _words, _bytes) = (0, 0, false, false, 0, 0);
    }

    /// <summary>Adds a row, unless it must wait for the next post; the first one never does.</summary>
    public bool TryAdd(in NextTokenRow row)
    {
        long bytes = _bytes + BytesOf(row);
        if (_rows.Count > 0 && bytes > MostBytes)
        {
            return false;
        }

        _bytes = bytes;
        Add(row);
        return true;
    }

    /// <summary>Writes everything into one post. Rows that pad it have a vocabulary of zero.</summary>
    /// <param name="queue">Whose next launches read it.</param>
    /// <param name="padded">Number of rows, rounded up.</param>
    /// <param name="scores">Memory for <see cref="Vocabulary"/> scores of each row.</param>
    /// <exception cref="InsufficientMemoryException">One row is more than a post can hold.</exception>
    public Addresses Send(LaunchQueue queue, int padded, nint scores)
    {
        queue.MakeRoom(_bytes + ((long)(padded - _rows.Count) * sizeof(NextTokenInput)));
        nint inputs = queue.Send(padded, out Span<NextTokenInput> rows);
        CollectionsMarshal.AsSpan(_rows).CopyTo(rows);
        rows[_rows.Count..].Clear();
        for (int i = 0; i < _rows.Count; i++)
        {
            rows[i].Scores = scores + (nint)((long)i * Vocabulary * sizeof(float));
        }

        return new Addresses(
            inputs,
            queue.Send<GuideInput>(CollectionsMarshal.AsSpan(_guides)),
            queue.Send<CountInput>(CollectionsMarshal.AsSpan(_counts)),
            queue.Send<BiasInput>(CollectionsMarshal.AsSpan(_biases)),
            SendMasks(queue));
    }

    /// <summary>At most so much the row adds to the post.</summary>
    private long BytesOf(in NextTokenRow row) => sizeof(NextTokenInput)
        + ((long)row.GuideCount * sizeof(GuideInput))
        + ((long)(row.Counts?.Count ?? 0) * sizeof(CountInput))
        + ((long)row.Rule.Bias.Count * sizeof(BiasInput))
        + (row.Mask is { } mask && !_firstWords.ContainsKey(mask) ? (long)mask.Words.Length * sizeof(ulong) : 0);

    private void Add(in NextTokenRow row)
    {
        NextTokenInput input = OfRule(row.Rule, row.Given);
        input.Logits = ((CudaTensor)row.Logits).RowAddress(row.Row);
        (input.Position, input.Stream, input.Vocabulary) = ((ulong)row.Position, row.Stream, row.Vocabulary);
        (input.FirstGuide, input.Guides) = AddGuides(row);
        (input.FirstCount, input.Counts) = AddCounts(row);
        (input.FirstBias, input.Biases) = AddBiases(row);
        input.FirstMask = AddMask(row.Mask);
        (input.FirstTop, input.Top) = (Top, Math.Min(row.Rule.TopLogProbabilities, row.Choice.Top.Length));
        _rows.Add(input);
        Top += input.Top;
        Vocabulary = Math.Max(Vocabulary, row.Vocabulary);
        Truncates |= row.Rule.TopK > 0 || row.Rule.TopP < 1;
        Weighs |= row.Rule.MinP > 0 || row.Rule.Report;
    }

    /// <summary>A given token is as where the best one is taken: nothing is truncated, drawn or told of a draw.</summary>
    private static NextTokenInput OfRule(NextTokenRule rule, int? given) => new()
    {
        Seed = rule.Seed,
        TopK = rule.TopK,
        Report = rule.Report && given is null ? 1 : 0,
        Given = given ?? -1,
        Temperature = given is null ? rule.Temperature : 0,
        TopP = rule.TopP,
        MinP = rule.MinP,
        Repetition = rule.RepetitionPenalty,
        Frequency = rule.FrequencyPenalty,
        Presence = rule.PresencePenalty,
        GuideFloor = NextTokenRule.GuideFloor,
    };

    private (int First, int Count) AddGuides(in NextTokenRow row)
    {
        int first = _guides.Count;
        foreach (GuideRow guide in row.Guides.AsSpan(0, row.GuideCount))
        {
            _guides.Add(new GuideInput { Logits = ((CudaTensor)guide.Logits).RowAddress(guide.Row), Weight = guide.Weight });
        }

        return (first, row.GuideCount);
    }

    /// <summary>Of tokens that may be chosen: a prompt may hold others.</summary>
    private (int First, int Count) AddCounts(in NextTokenRow row)
    {
        int first = _counts.Count;
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

        return (first, _counts.Count - first);
    }

    private (int First, int Count) AddBiases(in NextTokenRow row)
    {
        int first = _biases.Count;
        IReadOnlyList<TokenBias> biases = row.Rule.Bias;
        for (int i = 0; i < biases.Count; i++)
        {
            if ((uint)biases[i].Token < (uint)row.Vocabulary)
            {
                _biases.Add(new BiasInput { Token = biases[i].Token, Value = biases[i].Value });
            }
        }

        return (first, _biases.Count - first);
    }

    /// <returns>Its first word among those of all masks; -1: there is none.</returns>
    private int AddMask(TokenMask? mask)
    {
        if (mask is null)
        {
            return -1;
        }

        if (!_firstWords.TryGetValue(mask, out int first))
        {
            first = _words;
            _firstWords.Add(mask, first);
            _masks.Add(mask);
            _words += mask.Words.Length;
        }

        return first;
    }

    private nint SendMasks(LaunchQueue queue)
    {
        nint address = queue.Send(_words, out Span<ulong> words);
        foreach (TokenMask mask in _masks)
        {
            mask.Words.CopyTo(words);
            words = words[mask.Words.Length..];
        }

        return address;
    }

    /// <summary>Where the arrays are on the device, for the launches of their post.</summary>
    public readonly record struct Addresses(nint Rows, nint Guides, nint Counts, nint Biases, nint Masks);
}
