using Alignment.Compute.Cuda.Driver;
using Alignment.Compute.Cuda.Memory;
using Alignment.Compute.NextToken;

namespace Alignment.Compute.Cuda.NextToken;

/// <summary>Next-token rows on their way to the device and back: what the rules say becomes arrays, what the kernel found becomes choices. Logits never leave the device.</summary>
internal sealed unsafe class NextTokenBatch : IDisposable
{
    /// <summary>Tiles of the kernel's shared memory.</summary>
    private const int MostVocabulary = 262_144;

    private readonly Staging<NextTokenInput> _rows = new();
    private readonly Staging<GuideInput> _guides = new();
    private readonly Staging<CountInput> _counts = new();
    private readonly Staging<BiasInput> _biases = new();
    private readonly Staging<NextTokenOutput> _outputs = new();
    private readonly Staging<float> _guideOutputs = new();
    private readonly Staging<TopOutput> _tops = new();
    private readonly Staging<float> _scores = new();

    /// <summary>Runs the kernel over the rows and fills their choices.</summary>
    public void Run(ReadOnlySpan<NextTokenRow> rows, nint kernel, int threads, CudaStream stream)
    {
        int top = Gather(rows);
        nint inputs = _rows.Upload(stream);
        nint guides = _guides.Upload(stream);
        nint counts = _counts.Upload(stream);
        nint biases = _biases.Upload(stream);
        nint outputs = _outputs.Reserve(rows.Length);
        nint guideOutputs = _guideOutputs.Reserve(_guides.Count);
        nint tops = _tops.Reserve(top);
        void** parameters = stackalloc void*[] { &inputs, &guides, &counts, &biases, &outputs, &guideOutputs, &tops };
        stream.Launch(kernel, (rows.Length, 1), threads, parameters);
        Publish(rows, _outputs.Download(rows.Length, stream), _guideOutputs.Download(_guides.Count, stream), _tops.Download(top, stream));
    }

    public void Dispose()
    {
        foreach (IDisposable part in new IDisposable[] { _rows, _guides, _counts, _biases, _outputs, _guideOutputs, _tops, _scores })
        {
            part.Dispose();
        }
    }

    /// <returns>Entries of the lists of best tokens.</returns>
    private int Gather(ReadOnlySpan<NextTokenRow> rows)
    {
        _rows.Clear();
        _guides.Clear();
        _counts.Clear();
        _biases.Clear();
        int top = 0;
        long scores = 0;
        foreach (NextTokenRow row in rows)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(row.Vocabulary, MostVocabulary);
            scores += row.Vocabulary;
        }

        nint next = _scores.Reserve(scores);
        foreach (NextTokenRow row in rows)
        {
            _rows.Add(Describe(row, next, top));
            next += row.Vocabulary * sizeof(float);
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

    private void Publish(ReadOnlySpan<NextTokenRow> rows, ReadOnlySpan<NextTokenOutput> outputs, ReadOnlySpan<float> guides, ReadOnlySpan<TopOutput> tops)
    {
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
            NextTokenInput input = _rows.Items[i];
            guides.Slice(input.FirstGuide, input.Guides).CopyTo(choice.GuideLogProbabilities);
            for (int j = 0; j < choice.Top.Length; j++)
            {
                TopOutput top = j < input.Top ? tops[input.FirstTop + j] : new TopOutput { Token = -1 };
                choice.Top[j] = top.Token < 0 ? TokenLogProbability.None : new TokenLogProbability(top.Token, top.LogProbability);
            }
        }
    }
}
