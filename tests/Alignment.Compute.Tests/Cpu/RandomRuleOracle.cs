using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Reference;

namespace Alignment.Compute.Tests.Cpu;

/// <summary>
/// Rows with anything a rule may say, in any combination, against the slow reference; for the tests of each backend. A case is known by its
/// number.
/// </summary>
internal static class RandomRuleOracle
{
    private const int Cases = 2000;
    private const int RowsOfCall = 40;

    /// <summary>
    /// Every call has rows of several cases, of which some draw from one output, each with its own rule. On the way every kind must have
    /// been met: a row without tokens, one with a single token, and rows of many.
    /// </summary>
    public static void AssertChoosesWhatTheReferenceChooses(IBackend backend)
    {
        using ReferenceBackend reference = new();
        int none = 0, certain = 0;
        for (int first = 0; first < Cases; first += RowsOfCall)
        {
            TokenChoice[] expected = Choose(reference, first);
            TokenChoice[] actual = Choose(backend, first);
            for (int i = 0; i < RowsOfCall; i++)
            {
                AssertSame(expected[i], actual[i], $"case {first + i}");
                none += expected[i].Token < 0 ? 1 : 0;
                certain += expected[i] is { Token: >= 0, LogProbability: 0 } ? 1 : 0;
            }
        }

        Assert.InRange(none, Cases / 50, Cases / 5);
        Assert.InRange(certain, Cases / 50, Cases / 5);
    }

    private static TokenChoice[] Choose(IBackend backend, int first)
    {
        List<Tensor> tensors = [];
        NextTokenRow[] rows = new NextTokenRow[RowsOfCall];
        for (int i = 0; i < RowsOfCall; i++)
        {
            Random random = new(first + i);
            bool isShared = i > 0 && random.Next(4) == 0;
            Tensor logits = isShared
                ? rows[i - 1].Logits
                : Logits(random, backend, tensors, 10 + random.Next(291), hasImpossible: random.Next(3) == 0);
            rows[i] = Row(random, backend, tensors, logits, isShared ? rows[i - 1].Row : random.Next(2));
        }

        backend.ChooseNextTokens(rows);
        tensors.ForEach(tensor => tensor.Dispose());
        return [.. rows.Select(row => row.Choice)];
    }

    /// <summary>Two rows, of which the second has equal numbers.</summary>
    private static Tensor Logits(Random random, IBackend backend, List<Tensor> tensors, int columns, bool hasImpossible)
    {
        float scale = 0.5f + (10 * random.NextSingle());
        float[] numbers = [.. Enumerable.Range(0, 2 * columns).Select(_ => ((2 * random.NextSingle()) - 1) * scale)];
        for (int i = columns; i < numbers.Length; i++)
        {
            numbers[i] = MathF.Round(numbers[i]);
        }

        for (int i = random.Next(columns); hasImpossible && i < numbers.Length; i += 1 + random.Next(columns))
        {
            numbers[i] = float.NegativeInfinity;
        }

        Tensor logits = backend.CreateTensor(2, columns);
        backend.Upload(numbers, 0, logits);
        tensors.Add(logits);
        return logits;
    }

    private static NextTokenRow Row(Random random, IBackend backend, List<Tensor> tensors, Tensor logits, int row)
    {
        int vocabulary = logits.Columns - random.Next(3);
        NextTokenRule rule = Rule(random, vocabulary);
        GuideRow[] guides =
        [
            .. Enumerable.Range(0, Math.Max(0, random.Next(5) - 1)).Select(_ => Guide(random, backend, tensors, logits.Columns)),
        ];
        TokenMask? mask = Mask(random, vocabulary);
        int? given = random.Next(5) == 0 ? random.Next(vocabulary) : null;
        TokenChoice choice = new(NextTokenRules.Top, guides.Length);
        return new NextTokenRow(
            logits, row, vocabulary, guides, guides.Length, rule, Counts(random, vocabulary), (ulong)random.NextInt64(), random.Next(1000),
            choice, given, mask);
    }

    private static NextTokenRule Rule(Random random, int vocabulary) => new()
    {
        Temperature = random.Next(5) == 0 ? 0 : 0.2f + (2 * random.NextSingle()),
        TopK = random.Next(3) == 0 ? 1 + random.Next(vocabulary + 9) : 0,
        TopP = random.Next(3) == 0 ? 0.05f + (0.94f * random.NextSingle()) : 1,
        MinP = random.Next(4) == 0 ? 0.5f * random.NextSingle() : 0,
        RepetitionPenalty = random.Next(2) == 0 ? 0.7f + random.NextSingle() : 1,
        FrequencyPenalty = random.Next(3) == 0 ? (2 * random.NextSingle()) - 0.5f : 0,
        PresencePenalty = random.Next(3) == 0 ? (2 * random.NextSingle()) - 0.5f : 0,
        Bias = random.Next(3) == 0 ? [.. Enumerable.Range(0, random.Next(6)).Select(_ => Bias(random, vocabulary))] : [],
        Seed = (ulong)random.NextInt64(),
        TopLogProbabilities = random.Next(NextTokenRules.Top + 1),
        Report = random.Next(2) == 0,
    };

    /// <summary>
    /// No weight, an opinion, or its opposite. One that rules tokens out has little weight: scores of ten thousand have no digits left to
    /// compare.
    /// </summary>
    private static GuideRow Guide(Random random, IBackend backend, List<Tensor> tensors, int columns)
    {
        bool hasImpossible = random.Next(3) == 0;
        float weight = random.Next(4) == 0 ? 0 : ((3 * random.NextSingle()) - 1) * (hasImpossible ? 5e-4f : 1);
        return new GuideRow(Logits(random, backend, tensors, columns, hasImpossible), random.Next(2), weight);
    }

    private static TokenBias Bias(Random random, int vocabulary)
        => new(random.Next(vocabulary), random.Next(4) == 0 ? float.NegativeInfinity : 8 * (random.NextSingle() - 0.5f));

    /// <summary>None, one token, no token, or about one of a few.</summary>
    private static TokenMask? Mask(Random random, int vocabulary)
    {
        int kind = random.Next(10);
        if (kind < 5)
        {
            return null;
        }

        TokenMask mask = new(vocabulary + random.Next(100));
        int sparsity = kind < 7 ? 0 : 1 + random.Next(8);
        for (int token = 0; sparsity > 0 && token < mask.Vocabulary; token++)
        {
            mask[token] = random.Next(sparsity) == 0;
        }

        mask[random.Next(vocabulary)] |= kind == 5;
        return mask;
    }

    private static TokenCounts? Counts(Random random, int vocabulary)
    {
        if (random.Next(4) == 0)
        {
            return null;
        }

        TokenCounts counts = new();
        for (int i = random.Next(40); i > 0; i--)
        {
            counts.AddPrompt(random.Next(vocabulary));
            counts.AddResponse(random.Next(vocabulary), random.Next(3));
        }

        return counts;
    }

    private static void AssertSame(TokenChoice expected, TokenChoice actual, string name)
    {
        Assert.True(expected.Token == actual.Token, $"{name}: token {actual.Token} instead of {expected.Token}");
        if (expected.Token < 0)
        {
            return;
        }

        AssertClose(expected.LogProbability, actual.LogProbability, $"{name}: log-probability");
        AssertClose(expected.FrozenLogProbability, actual.FrozenLogProbability, $"{name}: frozen");
        AssertClose(expected.SampledLogProbability, actual.SampledLogProbability, $"{name}: sampled");
        AssertClose(expected.Divergence, actual.Divergence, $"{name}: divergence");
        for (int i = 0; i < expected.GuideLogProbabilities.Length; i++)
        {
            AssertClose(expected.GuideLogProbabilities[i], actual.GuideLogProbabilities[i], $"{name}: guide {i}");
        }

        for (int i = 0; i < expected.Top.Length; i++)
        {
            Assert.True(expected.Top[i].Token == actual.Top[i].Token, $"{name}: {i}th best {actual.Top[i]} instead of {expected.Top[i]}");
            AssertClose(expected.Top[i].LogProbability, actual.Top[i].LogProbability, $"{name}: {i}th best");
        }
    }

    /// <summary>Equal infinities are equal; what has thousands has fewer digits behind the point.</summary>
    private static void AssertClose(double expected, double actual, string name) => Assert.True(
        expected.Equals(actual) || Math.Abs(expected - actual) <= 1e-4 * (1 + (0.01 * Math.Abs(expected))),
        $"{name} {actual} instead of {expected}");
}
