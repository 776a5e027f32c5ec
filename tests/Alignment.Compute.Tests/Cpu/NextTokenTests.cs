using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cpu;
using Alignment.Compute.Reference;

namespace Alignment.Compute.Tests.Cpu;

public sealed class NextTokenTests
{
    private const int Vocabulary = 2077;
    private const int Rows = 5;
    private const int Guides = 2;
    private const int Top = NextTokenRules.Top;

    public static TheoryData<SimdForm> Forms => CpuForms.All;

    public static TheoryData<string> Rules => NextTokenRules.Names;

    [Theory]
    [MemberData(nameof(Rules))]
    public void Rules_choose_what_the_reference_chooses(string name)
    {
        NextTokenRule rule = NextTokenRules.Of(name);
        using var reference = new ReferenceBackend();
        foreach (SimdForm form in CpuForms.Supported)
        {
            using var cpu = CpuBackend.Create(1, form);
            foreach (float[] weights in new float[][] { [], [0], [0.5f, -0.3f] })
            {
                TokenChoice[] expected = Choose(reference, rule, weights);
                TokenChoice[] actual = Choose(cpu, rule, weights);
                for (int row = 0; row < Rows; row++)
                {
                    AssertSame(expected[row], actual[row], weights.Length);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Any_combination_chooses_what_the_reference_chooses(SimdForm form)
    {
        using IBackend cpu = CpuBackend.Create(threads: 2, form);
        RandomRuleOracle.AssertChoosesWhatTheReferenceChooses(cpu);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_given_token_has_the_numbers_of_the_reference(string name)
    {
        NextTokenRule rule = NextTokenRules.Of(name);
        using var reference = new ReferenceBackend();
        TokenChoice[] expected = Choose(reference, rule, [0.5f, -0.3f], given: 1234);
        Assert.All(expected, choice => Assert.Equal(1234, choice.Token));
        foreach (SimdForm form in CpuForms.Supported)
        {
            using var cpu = CpuBackend.Create(1, form);
            Assert.All(expected.Zip(Choose(cpu, rule, [0.5f, -0.3f], given: 1234)), pair => AssertSame(pair.First, pair.Second, Guides));
        }
    }

    [Fact]
    public void A_given_token_outside_the_vocabulary_is_refused()
    {
        using var cpu = CpuBackend.Create(1);
        using Tensor logits = cpu.CreateTensor(1, Vocabulary);
        NextTokenRow row = new(logits, 0, Vocabulary, [], 0, new NextTokenRule(), null, 0, 0, new TokenChoice(0, 0), Given: Vocabulary);
        Assert.Throws<ArgumentException>(() => cpu.ChooseNextTokens([row]));
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_row_alone_on_one_thread_gets_the_same_bits_as_among_others(string name)
    {
        NextTokenRule rule = NextTokenRules.Of(name);
        foreach (SimdForm form in CpuForms.Supported)
        {
            using var one = CpuBackend.Create(1, form);
            using var three = CpuBackend.Create(3, form);
            TokenChoice[] together = Choose(three, rule, [0.5f, -0.3f]);
            TokenChoice[] alone = Choose(one, rule, [0.5f, -0.3f], alone: true);
            for (int row = 0; row < Rows; row++)
            {
                Assert.Equal(together[row].Token, alone[row].Token);
                Assert.Equal(together[row].LogProbability, alone[row].LogProbability);
                Assert.Equal(together[row].Divergence, alone[row].Divergence);
                Assert.Equal(together[row].Top, alone[row].Top);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Masked_tokens_are_never_chosen_and_a_row_without_tokens_has_none(SimdForm form)
    {
        using var cpu = CpuBackend.Create(1, form);
        foreach (float temperature in new[] { 0f, 1f, 3f })
        {
            foreach (float topP in new[] { 1f, 0.9f })
            {
                var rule = new NextTokenRule { Temperature = temperature, TopP = topP, TopLogProbabilities = Top };
                float[] logits = new float[Vocabulary];
                Array.Fill(logits, float.NegativeInfinity);
                Assert.Equal(TokenChoice.Overflow, Single(cpu, rule, logits).Token);
                logits[1500] = -3e38f;
                TokenChoice choice = Single(cpu, rule, logits);
                Assert.Equal(1500, choice.Token);
                Assert.Equal(0, choice.LogProbability);
                Assert.Equal(1500, choice.Top[0].Token);
                Assert.Equal(TokenLogProbability.None, choice.Top[1]);
                logits[7] = float.NaN;
                Assert.Equal(TokenChoice.Overflow, Single(cpu, rule, logits).Token);
                logits[7] = float.PositiveInfinity;
                Assert.Equal(TokenChoice.Overflow, Single(cpu, rule, logits).Token);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Equal_scores_go_to_the_lowest_id(SimdForm form)
    {
        using var cpu = CpuBackend.Create(1, form);
        TokenChoice choice = Single(
            cpu,
            new NextTokenRule { Temperature = 0, TopLogProbabilities = Top },
            [.. Enumerable.Range(0, Vocabulary).Select(i => i % 500 == 77 ? 1f : 0f)]);
        Assert.Equal(77, choice.Token);
        Assert.Equal([77, 577, 1077, 1577, 2077 - Vocabulary, 1, 2], choice.Top.Select(entry => entry.Token));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Draws_follow_the_probabilities(SimdForm form)
    {
        const int Draws = 20_000;
        using var cpu = CpuBackend.Create(1, form);
        double[] probabilities = [0.5, 0.3, 0.15, 0.05];
        using Tensor logits = cpu.CreateTensor(1, 4);
        cpu.Upload([.. probabilities.Select(p => (float)Math.Log(p))], 0, logits);
        foreach (float topP in new[] { 1f, 0.9999f })
        {
            var counts = new int[4];
            var choice = new TokenChoice(0, 0);
            for (int position = 0; position < Draws; position++)
            {
                cpu.ChooseNextTokens(
                    [new NextTokenRow(logits, 0, 4, [], 0, new NextTokenRule { Seed = 11, TopP = topP }, null, 0, position, choice)]);
                counts[choice.Token]++;
            }

            // Five standard deviations.
            Assert.All(
                counts.Zip(probabilities),
                pair => Assert.InRange(pair.First - (pair.Second * Draws), -5 * Math.Sqrt(Draws * 0.25), 5 * Math.Sqrt(Draws * 0.25)));
        }
    }

    [Fact]
    public void Choosing_allocates_nothing_in_the_steady_state()
    {
        using var cpu = CpuBackend.Create(threads: 1);
        using Tensor logits = Inputs.Tensor(cpu, 2, Vocabulary, 1, 8);
        var counts = new TokenCounts();
        counts.AddPrompt(4);
        var rule = new NextTokenRule
        {
            TopP = 0.9f,
            TopLogProbabilities = Top,
            Report = true,
            FrequencyPenalty = 1,
            Bias = [new TokenBias(1, 1)],
        };
        NextTokenRow[] rows = [Row(logits, 0, rule, counts), Row(logits, 1, rule, counts)];
        cpu.ChooseNextTokens(rows);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            cpu.ChooseNextTokens(rows);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static NextTokenRow Row(Tensor logits, int row, NextTokenRule rule, TokenCounts? counts)
        => new(
            logits,
            row,
            Vocabulary,
            [new GuideRow(logits, 0, 1)],
            1,
            rule,
            counts,
            0,
            3,
            new TokenChoice(Top, 1),
            Mask: MaskOracle.Masks()[1]);

    private static TokenChoice[] Choose(IBackend backend, NextTokenRule rule, float[] weights, bool alone = false, int? given = null)
    {
        using Tensor logits = Inputs.Tensor(backend, Rows, Vocabulary + 3, 1, 9);
        using Tensor guides = Inputs.Tensor(backend, Rows * Guides, Vocabulary + 3, 2, 5);
        TokenChoice[] choices = [.. Enumerable.Range(0, Rows).Select(_ => new TokenChoice(Top, weights.Length))];
        NextTokenRow[] rows =
        [
            .. choices.Select((choice, row) => new NextTokenRow(
                logits,
                row,
                Vocabulary,
                [.. weights.Select((weight, i) => new GuideRow(guides, (row * Guides) + i, weight))],
                weights.Length,
                rule,
                Counts(rule),
                (ulong)row << 31,
                100 + row,
                choice,
                given)),
        ];
        foreach (NextTokenRow[] batch in alone ? rows.Select(row => new[] { row }) : [rows])
        {
            backend.ChooseNextTokens(batch);
        }

        return choices;
    }

    private static TokenCounts? Counts(NextTokenRule rule)
    {
        if (rule.FrequencyPenalty == 0)
        {
            return null;
        }

        var counts = new TokenCounts();
        for (int token = 0; token < Vocabulary; token += 3)
        {
            counts.AddPrompt(token);
            counts.AddResponse(token / 2);
        }

        return counts;
    }

    private static TokenChoice Single(IBackend cpu, NextTokenRule rule, float[] scores)
    {
        using Tensor logits = cpu.CreateTensor(1, Vocabulary);
        cpu.Upload(scores, 0, logits);
        var choice = new TokenChoice(Top, 0);
        cpu.ChooseNextTokens([new NextTokenRow(logits, 0, Vocabulary, [], 0, rule, null, 0, 0, choice)]);
        return choice;
    }

    private static void AssertSame(TokenChoice expected, TokenChoice actual, int guides)
    {
        Assert.Equal(expected.Token, actual.Token);
        Assert.Equal(expected.LogProbability, actual.LogProbability, 1e-4);
        Assert.Equal(expected.FrozenLogProbability, actual.FrozenLogProbability, 1e-4);
        Assert.Equal(expected.SampledLogProbability, actual.SampledLogProbability, 1e-4);
        Assert.Equal(expected.Divergence, actual.Divergence, 1e-4);
        Assert.Equal(expected.Top.Select(entry => entry.Token), actual.Top.Select(entry => entry.Token));
        Inputs.AssertClose([.. expected.GuideLogProbabilities.Take(guides)], [.. actual.GuideLogProbabilities.Take(guides)], 1e-5);
        Inputs.AssertClose(
            [.. expected.Top.Select(entry => Math.Max(entry.LogProbability, -1e9f))],
            [.. actual.Top.Select(entry => Math.Max(entry.LogProbability, -1e9f))],
            1e-5);
    }
}
