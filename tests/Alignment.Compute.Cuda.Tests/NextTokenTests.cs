using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Reference;
using Alignment.Compute.Tests.Cpu;

namespace Alignment.Compute.Cuda.Tests;

/// <summary>The fused next-token rule against the reference.</summary>
[Collection(nameof(TestDevice))]
public sealed class NextTokenTests
{
    private const int Vocabulary = 2077;
    private const int Rows = 4;
    private const int Top = NextTokenRules.Top;

    public static TheoryData<string> Rules => NextTokenRules.Names;

    [CudaTheory]
    [MemberData(nameof(Rules))]
    public void Rules_choose_what_the_reference_chooses(string name)
    {
        NextTokenRule rule = NextTokenRules.Of(name);
        using CudaBackend cuda = new();
        using ReferenceBackend reference = new();
        foreach (int order in new[] { 0, 1, 2 })
        {
            TestDevice.SetOrder(order);
            foreach (float[] weights in new float[][] { [], [0], [0.5f, -0.3f] })
            {
                TokenChoice[] expected = Choose(reference, rule, weights, coarse: false);
                TokenChoice[] actual = Choose(cuda, rule, weights, coarse: false);
                Assert.All(expected.Zip(actual), pair => AssertSame(pair.First, pair.Second));
            }
        }
    }

    [CudaFact]
    public void Any_combination_chooses_what_the_reference_chooses()
    {
        using CudaBackend cuda = new();
        RandomRuleOracle.AssertChoosesWhatTheReferenceChooses(cuda);
    }

    /// <summary>Scores of few values: what is left of equals is decided by their ids.</summary>
    [CudaTheory]
    [MemberData(nameof(Rules))]
    public void Ties_are_cut_as_the_reference_cuts_them(string name)
    {
        NextTokenRule rule = NextTokenRules.Of(name);
        TestDevice.SetOrder(2);
        using CudaBackend cuda = new();
        using ReferenceBackend reference = new();
        Assert.All(
            Choose(reference, rule, [], coarse: true).Zip(Choose(cuda, rule, [], coarse: true)),
            pair => AssertSame(pair.First, pair.Second));
    }

    [CudaFact]
    public void Masked_tokens_are_never_chosen_and_a_row_without_tokens_has_none()
    {
        using CudaBackend cuda = new();
        foreach (NextTokenRule rule in new[]
        {
            new NextTokenRule { Temperature = 0 }, new NextTokenRule(), new NextTokenRule { TopP = 0.9f }, new NextTokenRule { TopK = 3 },
        })
        {
            float[] logits = new float[Vocabulary];
            Array.Fill(logits, float.NegativeInfinity);
            Assert.Equal(TokenChoice.Overflow, Single(cuda, rule, logits).Token);
            logits[1500] = -3e38f;
            TokenChoice choice = Single(cuda, rule with { TopLogProbabilities = Top }, logits);
            Assert.Equal((1500, 0), (choice.Token, choice.LogProbability));
            Assert.Equal(TokenLogProbability.None, choice.Top[1]);
            logits[7] = float.NaN;
            Assert.Equal(TokenChoice.Overflow, Single(cuda, rule, logits).Token);
            logits[7] = float.PositiveInfinity;
            Assert.Equal(TokenChoice.Overflow, Single(cuda, rule, logits).Token);
        }
    }

    [CudaFact]
    public void Both_zeros_are_one_number_and_the_lowest_id_is_kept()
    {
        using CudaBackend cuda = new();
        float[] logits = [-1, -0f, 0f, -0f];
        foreach (NextTokenRule rule in new[] { new NextTokenRule { Temperature = 0 }, new() { TopK = 1 }, new() { TopP = 0.01f } })
        {
            Assert.Equal(1, Single(cuda, rule, logits).Token);
        }
    }

    [CudaTheory]
    [MemberData(nameof(Rules))]
    public void A_given_token_has_the_numbers_of_the_reference(string name)
    {
        NextTokenRule rule = NextTokenRules.Of(name);
        using CudaBackend cuda = new();
        using ReferenceBackend reference = new();
        TokenChoice[] expected = Choose(reference, rule, [0.5f, -0.3f], coarse: false, given: 1234);
        Assert.All(
            expected.Zip(Choose(cuda, rule, [0.5f, -0.3f], coarse: false, given: 1234)), pair => AssertSame(pair.First, pair.Second));
    }

    /// <summary>A prompt may hold ids above those that are ever chosen. The rows behind it would notice.</summary>
    [CudaFact]
    public void Penalties_of_tokens_outside_the_vocabulary_touch_nothing()
    {
        using CudaBackend cuda = new();
        using Tensor logits = Inputs.Tensor(cuda, 2, Vocabulary, 1, 9);
        TokenCounts counts = new();
        counts.AddResponse(Vocabulary + 40);
        NextTokenRule rule = new() { Temperature = 0, PresencePenalty = -1000 };
        TokenChoice[] choices = [new(Top, 0), new(Top, 0)];
        cuda.ChooseNextTokens(
            [
                .. choices.Select(
                    (choice, row) => new NextTokenRow(logits, row, Vocabulary, [], 0, rule, row == 0 ? counts : null, 0, 0, choice)),
            ]);
        float[] second = Inputs.Numbers(2 * Vocabulary, 1, 9)[Vocabulary..];
        Assert.Equal(Array.IndexOf(second, second.Max()), choices[1].Token);
    }

    [CudaTheory]
    [MemberData(nameof(Rules))]
    public void Masked_rows_choose_what_the_reference_chooses(string name)
    {
        NextTokenRule rule = NextTokenRules.Of(name);
        TestDevice.SetOrder(2);
        using CudaBackend cuda = new();
        MaskOracle.AssertChoosesWhatTheReferenceChooses(cuda, rule);
        MaskOracle.AssertForbidsAsABiasDoes(cuda, rule);
        MaskOracle.AssertDoesNotDependOnOthers(cuda, rule);
    }

    [CudaFact]
    public void Where_all_tokens_are_masked_there_is_none()
    {
        using CudaBackend cuda = new();
        MaskOracle.AssertEverythingMaskedGivesNoToken(cuda);
        MaskOracle.AssertAnOverflowIsNoMask(cuda);
        MaskOracle.AssertAMaskCoversTheVocabulary(cuda);
    }

    [CudaFact]
    public void A_guide_without_an_opinion_changes_nothing_that_a_penalty_does()
    {
        using CudaBackend cuda = new();
        PenaltyOracle.AssertGuidesChangeNoPenalty(cuda);
    }

    /// <summary>
    /// Where a guide calls tokens all but impossible, its log-probability is cut off before it is weighted, even against it.
    /// </summary>
    [CudaFact]
    public void Guides_are_clamped_as_the_reference_clamps_them()
    {
        using CudaBackend cuda = new();
        using ReferenceBackend reference = new();
        float[] guide = Inputs.Numbers(Vocabulary, 4, 5);
        guide[12] = float.NegativeInfinity;
        guide[1900] = -3e4f;

        // Scores of 10,000 and more would have no digits left to compare.
        foreach (float weight in new[] { 0.001f, -0.001f, -0.1f, 0 })
        {
            NextTokenRule rule = new() { Seed = 5, Report = true, TopLogProbabilities = Top, RepetitionPenalty = 1.2f };
            AssertSame(Guided(reference, rule, guide, weight), Guided(cuda, rule, guide, weight));
        }

        Array.Fill(guide, float.NaN);
        Assert.Equal(TokenChoice.Overflow, Guided(cuda, new NextTokenRule(), guide, 1).Token);
    }

    [CudaFact]
    public void The_largest_vocabulary_is_read_to_its_end()
    {
        const int Largest = 262_144;
        using CudaBackend cuda = new();
        using ReferenceBackend reference = new();
        float[] logits = Inputs.Numbers(Largest, 6, 3);
        logits[^1] = 5;
        foreach (NextTokenRule rule in new[]
        {
            new NextTokenRule { Temperature = 0, TopLogProbabilities = Top }, new NextTokenRule { Seed = 3, Report = true },
            new NextTokenRule { TopK = 900, TopP = 0.8f, Seed = 3 },
        })
        {
            AssertSame(Single(reference, rule, logits), Single(cuda, rule, logits));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => Single(cuda, new NextTokenRule(), new float[Largest + 1]));
    }

    private static TokenChoice Guided(IBackend backend, NextTokenRule rule, float[] guide, float weight)
    {
        using Tensor logits = Inputs.Tensor(backend, 1, Vocabulary, 3, 6);
        using Tensor guides = backend.CreateTensor(1, Vocabulary);
        backend.Upload(guide, 0, guides);
        TokenCounts counts = new();
        counts.AddPrompt(12);
        counts.AddPrompt(13);
        TokenChoice choice = new(Top, 1);
        backend.ChooseNextTokens(
            [new NextTokenRow(logits, 0, Vocabulary, [new GuideRow(guides, 0, weight)], 1, rule, counts, 0, 3, choice)]);
        return choice;
    }

    private static TokenChoice[] Choose(IBackend backend, NextTokenRule rule, float[] weights, bool coarse, int? given = null)
    {
        float[] numbers = Inputs.Numbers(Rows * Vocabulary, 1, 9);
        using Tensor logits = backend.CreateTensor(Rows, Vocabulary);
        backend.Upload(coarse ? Array.ConvertAll(numbers, number => MathF.Round(number / 3)) : numbers, 0, logits);
        using Tensor guides = Inputs.Tensor(backend, Rows * 2, Vocabulary, 2, 5);
        var counts = new TokenCounts();
        counts.AddPrompt(4);
        counts.AddResponse(17);
        counts.AddResponse(17);
        TokenChoice[] choices = [.. Enumerable.Range(0, Rows).Select(_ => new TokenChoice(Top, weights.Length))];
        NextTokenRow[] rows =
        [
            .. choices.Select((choice, row) => new NextTokenRow(
                logits,
                row,
                Vocabulary,
                [.. weights.Select((weight, guide) => new GuideRow(guides, (2 * row) + guide, weight))],
                weights.Length,
                rule,
                counts,
                (ulong)row << 31,
                3 + row,
                choice,
                given)),
        ];
        backend.ChooseNextTokens(rows);
        return choices;
    }

    private static TokenChoice Single(IBackend backend, NextTokenRule rule, float[] logits)
    {
        using Tensor tensor = backend.CreateTensor(1, logits.Length);
        backend.Upload(logits, 0, tensor);
        var choice = new TokenChoice(Top, 0);
        backend.ChooseNextTokens([new NextTokenRow(tensor, 0, logits.Length, [], 0, rule, null, 0, 3, choice)]);
        return choice;
    }

    private static void AssertSame(TokenChoice expected, TokenChoice actual)
    {
        Assert.Equal(expected.Token, actual.Token);
        Assert.Equal(expected.LogProbability, actual.LogProbability, 1e-4f);
        Assert.Equal(expected.FrozenLogProbability, actual.FrozenLogProbability, 1e-4f);
        Assert.Equal(expected.SampledLogProbability, actual.SampledLogProbability, 1e-4f);
        Assert.Equal(expected.Divergence, actual.Divergence, 1e-4);
        Assert.Equal(expected.GuideLogProbabilities, actual.GuideLogProbabilities, (x, y) => Math.Abs(x - y) < 1e-4);
        Assert.Equal(expected.Top.Select(top => top.Token), actual.Top.Select(top => top.Token));
        Assert.All(
            expected.Top.Zip(actual.Top).Where(pair => pair.First.Token >= 0),
            pair => Assert.Equal(pair.First.LogProbability, pair.Second.LogProbability, 1e-4f * (1 + Math.Abs(pair.First.LogProbability))));
    }
}
