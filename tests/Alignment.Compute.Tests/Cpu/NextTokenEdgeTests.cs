using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Contract.Random;
using Alignment.Compute.Cpu;
using Alignment.Compute.Reference;

namespace Alignment.Compute.Tests.Cpu;

/// <summary>Rows of every length, and tokens, counts and guides at the ends of what they may be.</summary>
public sealed class NextTokenEdgeTests
{
    private const int Top = NextTokenRules.Top;

    public static TheoryData<string> Rules => NextTokenRules.Names;

    public static TheoryData<SimdForm> Forms => CpuForms.All;

    /// <summary>Around the width of a register and the length of a block, growing, so that one backend's buffers must grow too.</summary>
    [Theory]
    [MemberData(nameof(Rules))]
    public void A_row_of_any_length_chooses_what_the_reference_chooses(string name)
    {
        NextTokenRule rule = NextTokenRules.Of(name);
        using var reference = new ReferenceBackend();
        foreach (SimdForm form in CpuForms.Supported)
        {
            using var cpu = CpuBackend.Create(1, form);
            foreach (int vocabulary in new[] { 5, 15, 16, 17, 1024, 1025, 2049 })
            {
                for (int position = 0; position < 2; position++)
                {
                    TokenChoice expected = Choose(reference, rule, vocabulary, position);
                    TokenChoice actual = Choose(cpu, rule, vocabulary, position);
                    Assert.Equal(expected.Token, actual.Token);
                    Assert.Equal(expected.LogProbability, actual.LogProbability, 1e-4);
                    Assert.Equal(expected.SampledLogProbability, actual.SampledLogProbability, 1e-4);
                    Assert.Equal(expected.Divergence, actual.Divergence, 1e-4);
                    Assert.Equal(expected.Top.Select(entry => entry.Token), actual.Top.Select(entry => entry.Token));
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Counts_and_bias_of_tokens_outside_the_vocabulary_are_passed_over(SimdForm form)
    {
        using var cpu = CpuBackend.Create(1, form);
        var counts = new TokenCounts();
        int[] outside = [-1, 4, 5, int.MaxValue];
        Array.ForEach(outside, token => counts.AddPrompt(token));
        var rule = new NextTokenRule
        {
            Temperature = 0,
            RepetitionPenalty = 9,
            Bias = [.. outside.Select(token => new TokenBias(token, 100))],
        };
        TokenChoice choice = Choose(cpu, rule, [1, 4, 3, 2], counts);
        Assert.Equal(1, choice.Token);
        Assert.Equal(choice.FrozenLogProbability, choice.LogProbability);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Penalties_count_what_is_left_after_a_rewind(SimdForm form)
    {
        using var cpu = CpuBackend.Create(1, form);
        var counts = new TokenCounts();
        counts.AddResponse(0);
        counts.AddResponse(1, 2);
        counts.AddResponse(2);
        counts.AddPrompt(2);
        TokenCounts fork = counts.Clone();
        counts.AddResponse(0, -1);
        counts.AddResponse(1, -1);
        counts.AddResponse(2, -1);
        var rule = new NextTokenRule
        {
            Temperature = 0,
            RepetitionPenalty = 2,
            FrequencyPenalty = 0.5f,
            PresencePenalty = 0.25f,
            TopLogProbabilities = 4,
        };
        float[] logits = [1, 3, -1, 0];
        AssertScores([1, (3 / 2f) - 0.75f, -2, 0], Choose(cpu, rule, logits, counts));
        AssertScores([(1 / 2f) - 0.75f, (3 / 2f) - 1.25f, -2 - 0.75f, 0], Choose(cpu, rule, logits, fork));
    }

    /// <summary>
    /// A repetition penalty divides the frozen model's logits, so what a guide says elsewhere is no part of what it takes away.
    /// </summary>
    [Theory]
    [MemberData(nameof(Forms))]
    public void A_guide_without_an_opinion_changes_nothing_that_a_penalty_does(SimdForm form)
    {
        using IBackend cpu = CpuBackend.Create(1, form);
        using var reference = new ReferenceBackend();
        Assert.All([cpu, reference], PenaltyOracle.AssertGuidesChangeNoPenalty);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_token_that_a_guide_rules_out_counts_as_the_floor(SimdForm form)
    {
        using var cpu = CpuBackend.Create(1, form);
        using Tensor guide = cpu.CreateTensor(1, 3);
        cpu.Upload([0, 0, float.NegativeInfinity], 0, guide);
        var rule = new NextTokenRule { TopLogProbabilities = 3, Bias = [new TokenBias(2, 1000)] };
        TokenChoice choice = Choose(cpu, rule, [0, 0, 0], null, new GuideRow(guide, 0, -1e-4f));
        Assert.Equal(2, choice.Token);
        AssertScores([0, 0, 1001], choice, 1e-3);
        Assert.Equal([NextTokenRule.GuideFloor], choice.GuideLogProbabilities);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Both_zeros_are_one_number_and_the_lowest_id_is_kept(SimdForm form)
    {
        using var cpu = CpuBackend.Create(1, form);
        Assert.Equal(1, Choose(cpu, new NextTokenRule { TopK = 1 }, [-1, -0f, 0f, -0f]).Token);
        Assert.Equal(1, Choose(cpu, new NextTokenRule { Temperature = 0 }, [-1, -0f, 0f, -0f]).Token);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_guide_without_weight_changes_nothing_whatever_it_says(SimdForm form)
    {
        using IBackend cpu = CpuBackend.Create(1, form);
        using Tensor guide = cpu.CreateTensor(1, 3);
        cpu.Upload([float.NaN, float.PositiveInfinity, 0], 0, guide);
        var rule = new NextTokenRule { Temperature = 0, TopLogProbabilities = 3 };
        TokenChoice choice = Choose(cpu, rule, [1, 2, 3], null, new GuideRow(guide, 0, 0));
        Assert.Equal(2, choice.Token);
        AssertScores([1, 2, 3], choice);
        Assert.Equal(TokenChoice.Overflow, Choose(cpu, rule, [1, 2, 3], null, new GuideRow(guide, 0, 1e-6f)).Token);
    }

    /// <summary>
    /// One and each of these masses is a little more than one, and in single precision twice as much more: the sum that a draw is
    /// measured by is larger than the masses that it walks over.
    /// </summary>
    [Theory]
    [MemberData(nameof(Forms))]
    public void Where_rounding_leaves_no_token_the_last_possible_one_is_drawn(SimdForm form)
    {
        const int Last = 1008;
        float[] scores = [.. Enumerable.Repeat(float.NegativeInfinity, 1030)];
        for (int token = 16; token <= Last; token += 16)
        {
            scores[token] = MathF.Log(6.2e-8f);
        }

        scores[0] = 0;
        int position = Enumerable.Range(0, int.MaxValue).First(position => Philox.Uniform(0, (ulong)position, 0) > 1 - 1e-6);
        using IBackend cpu = CpuBackend.Create(1, form);
        Assert.Equal(Last, Choose(cpu, new NextTokenRule(), scores, position: position).Token);
    }

    /// <summary>The log-probabilities of the best tokens are the log-softmax of these scores.</summary>
    private static void AssertScores(double[] scores, TokenChoice choice, double tolerance = 1e-5)
    {
        double normaliser = scores.Max() + Math.Log(scores.Sum(score => Math.Exp(score - scores.Max())));
        TokenLogProbability[] listed = [.. choice.Top.Where(entry => entry.Token >= 0)];
        Assert.Equal(scores.Length, listed.Length);
        Assert.All(listed, entry => Assert.Equal(scores[entry.Token] - normaliser, entry.LogProbability, tolerance));
    }

    private static TokenChoice Choose(
        IBackend cpu, NextTokenRule rule, float[] scores, TokenCounts? counts = null, GuideRow? guide = null, int position = 0)
    {
        GuideRow[] guides = guide is { } row ? [row] : [];
        using Tensor logits = cpu.CreateTensor(1, scores.Length);
        cpu.Upload(scores, 0, logits);
        var choice = new TokenChoice(Top, guides.Length);
        cpu.ChooseNextTokens([new NextTokenRow(logits, 0, scores.Length, guides, guides.Length, rule, counts, 0, position, choice)]);
        return choice;
    }

    /// <summary>A row of pseudo-random numbers in which every seventh token is impossible.</summary>
    private static TokenChoice Choose(IBackend backend, NextTokenRule rule, int vocabulary, int position)
    {
        float[] scores =
        [
            .. Enumerable.Range(0, vocabulary).Select(i => i % 7 == 6 ? float.NegativeInfinity : 4 * MathF.Sin((i * 1.7f) + position)),
        ];
        using Tensor logits = backend.CreateTensor(1, vocabulary);
        backend.Upload(scores, 0, logits);
        var choice = new TokenChoice(Top, 0);
        backend.ChooseNextTokens([new NextTokenRow(logits, 0, vocabulary, [], 0, rule, null, 0, position, choice)]);
        return choice;
    }
}
