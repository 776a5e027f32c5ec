using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Contract.Random;
using Alignment.Compute.Reference;

namespace Alignment.Compute.Tests.Cpu;

/// <summary>Properties of rows with masks, for the tests of each backend.</summary>
internal static class MaskOracle
{
    private const int Vocabulary = 2077;

    /// <summary>Of this many tokens a mask allows about one.</summary>
    private static readonly int[] s_sparsities = [1, 2, 30, 700, 100_000];

    /// <summary>What the reference chooses; one row for each mask, the second of them without.</summary>
    public static void AssertChoosesWhatTheReferenceChooses(IBackend backend, NextTokenRule rule)
    {
        using ReferenceBackend reference = new();
        TokenMask?[] masks = Masks();
        foreach (int? given in new int?[] { null, 1234 })
        {
            TokenChoice[] expected = Choose(reference, rule, masks, given);
            TokenChoice[] actual = Choose(backend, rule, masks, given);
            for (int i = 0; i < masks.Length; i++)
            {
                AssertSame(expected[i], actual[i]);
                AssertAllowed(masks[i], actual[i], given);
            }
        }
    }

    /// <summary>A mask is one more bias of negative infinity for each token that it forbids: the same bits.</summary>
    public static void AssertForbidsAsABiasDoes(IBackend backend, NextTokenRule rule)
    {
        TokenMask mask = Masks()[3]!;
        TokenBias[] forbidden =
        [
            .. Enumerable.Range(0, Vocabulary).Where(token => !mask[token]).Select(token => new TokenBias(token, float.NegativeInfinity)),
        ];
        NextTokenRule biased = rule with { Bias = [.. rule.Bias.Where(bias => mask[bias.Token]), .. forbidden] };
        AssertEqual(Choose(backend, biased, [null])[0], Choose(backend, rule, [mask])[0]);
    }

    /// <summary>A row with a mask is bit for bit the same alone and among others.</summary>
    public static void AssertDoesNotDependOnOthers(IBackend backend, NextTokenRule rule)
    {
        TokenChoice[] together = Choose(backend, rule, Masks());
        for (int i = 0; i < together.Length; i++)
        {
            AssertEqual(together[i], Choose(backend, rule, [Masks()[i]], firstRow: i)[0]);
        }
    }

    /// <summary>Where no token is left there is none, and the next step with the same mask is as if nothing had been.</summary>
    public static void AssertEverythingMaskedGivesNoToken(IBackend backend)
    {
        TokenMask mask = new(Vocabulary);
        foreach (NextTokenRule rule in new[]
        {
            new NextTokenRule { Temperature = 0 }, new NextTokenRule(), new NextTokenRule { TopK = 4, TopP = 0.5f },
        })
        {
            mask.Fill(allowed: false);
            Assert.Equal(TokenChoice.Masked, Choose(backend, rule, [mask])[0].Token);
            mask[2076] = true;
            TokenChoice only = Choose(backend, rule with { TopLogProbabilities = 2, Bias = [new TokenBias(3, 1000)] }, [mask])[0];
            Assert.Equal((2076, 0f), (only.Token, only.LogProbability));
            Assert.Equal(TokenLogProbability.None, only.Top[1]);
            Assert.True(float.IsFinite(only.FrozenLogProbability));
        }
    }

    /// <summary>Scores that are not finite are told apart from tokens that are forbidden, by a mask, biases or both.</summary>
    public static void AssertAnOverflowIsNoMask(IBackend backend)
    {
        TokenBias[] evens = [.. Enumerable.Range(0, Vocabulary / 2 + 1).Select(i => new TokenBias(2 * i, float.NegativeInfinity))];
        TokenMask odds = new(Vocabulary);
        TokenMask evenOnes = new(Vocabulary);
        for (int token = 0; token < Vocabulary; token++)
        {
            odds[token] = token % 2 != 0;
            evenOnes[token] = token % 2 == 0;
        }

        NextTokenRule forbids = new() { Bias = evens };
        Assert.Equal(TokenChoice.Masked, Choose(backend, forbids, [evenOnes])[0].Token);
        Assert.InRange(Choose(backend, forbids, [odds])[0].Token, 0, Vocabulary - 1);
        foreach (float value in new[] { float.PositiveInfinity, float.NaN })
        {
            Assert.Equal(TokenChoice.Overflow, Choose(backend, new NextTokenRule(), [null], guide: value)[0].Token);
            Assert.Equal(TokenChoice.Overflow, Choose(backend, forbids, [odds], guide: value)[0].Token);
            Assert.Equal(TokenChoice.Masked, Choose(backend, forbids, [evenOnes], guide: value)[0].Token);
        }
    }

    public static void AssertAMaskCoversTheVocabulary(IBackend backend)
        => Assert.Throws<ArgumentException>(() => Choose(backend, new NextTokenRule(), [new TokenMask(Vocabulary - 1)]));

    public static TokenMask?[] Masks() => [.. s_sparsities.Select(Mask).Prepend(null)];

    private static void AssertAllowed(TokenMask? mask, TokenChoice choice, int? given)
    {
        if (mask is not null && choice.Token >= 0)
        {
            Assert.True(given is not null || mask[choice.Token]);
            Assert.All(choice.Top.Where(top => top.Token >= 0), top => Assert.True(mask[top.Token]));
        }
    }

    private static TokenMask? Mask(int sparsity)
    {
        TokenMask mask = new(Vocabulary);
        for (int token = 0; token < Vocabulary; token++)
        {
            mask[token] = Philox.Block(77, (ulong)token, (ulong)sparsity).X % (uint)sparsity == 0;
        }

        return mask;
    }

    /// <param name="guide">A number of the guide's, in the first row.</param>
    private static TokenChoice[] Choose(
        IBackend backend, NextTokenRule rule, TokenMask?[] masks, int? given = null, int firstRow = 0, float? guide = null)
    {
        int rows = firstRow + masks.Length;
        using Tensor logits = Inputs.Tensor(backend, rows, Vocabulary, 1, 9);
        using Tensor guides = backend.CreateTensor(rows, Vocabulary);
        float[] numbers = Inputs.Numbers(rows * Vocabulary, 2, 5);
        numbers[7] = guide ?? numbers[7];
        backend.Upload(numbers, 0, guides);
        TokenCounts counts = new();
        counts.AddPrompt(4);
        counts.AddResponse(17);
        TokenChoice[] choices = [.. masks.Select(_ => new TokenChoice(NextTokenRules.Top, 1))];
        NextTokenRow[] batch =
        [
            .. masks.Select((mask, i) => new NextTokenRow(
                logits,
                firstRow + i,
                Vocabulary,
                [new GuideRow(guides, firstRow + i, 0.4f)],
                1,
                rule,
                counts,
                (ulong)(firstRow + i),
                9,
                choices[i],
                given,
                mask)),
        ];
        backend.ChooseNextTokens(batch);
        return choices;
    }

    private static void AssertEqual(TokenChoice expected, TokenChoice actual)
    {
        Assert.Equal(expected.Token, actual.Token);
        Assert.Equal(expected.LogProbability, actual.LogProbability);
        Assert.Equal(expected.SampledLogProbability, actual.SampledLogProbability);
        Assert.Equal(expected.Divergence, actual.Divergence);
        Assert.Equal(expected.Top, actual.Top);
    }

    private static void AssertSame(TokenChoice expected, TokenChoice actual)
    {
        Assert.Equal(expected.Token, actual.Token);
        Assert.Equal(expected.Top.Select(top => top.Token), actual.Top.Select(top => top.Token));
        if (expected.Token >= 0)
        {
            Assert.Equal(Bounded(expected.LogProbability), Bounded(actual.LogProbability), 1e-4);
            Assert.Equal(expected.FrozenLogProbability, actual.FrozenLogProbability, 1e-4);
            Assert.Equal(expected.SampledLogProbability, actual.SampledLogProbability, 1e-4);
            Assert.Equal(expected.Divergence, actual.Divergence, 1e-4);
        }
    }

    /// <summary>A given token may be masked: differences of infinities are no numbers.</summary>
    private static double Bounded(float logProbability) => Math.Max(logProbability, -1e9);
}
