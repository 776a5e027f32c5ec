using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Contract.Random;
using Alignment.Compute.Cpu;
using Alignment.Compute.Reference;

namespace Alignment.Compute.Tests.Cpu;

/// <summary>
/// Draws under top-k, top-p and min-p: every combination against the reference, and small ones against numbers worked out by hand.
/// </summary>
public sealed class TruncatedDrawTests
{
    private const int Draws = 60;
    private const ulong Stream = 7;

    /// <summary>Neither in order nor reversed, so that ids and ranks differ.</summary>
    private static readonly double[] s_probabilities = [0.05, 0.5, 0.15, 0.3];

    private static readonly NextTokenRule[] s_rules =
    [
        .. from temperature in new[] { 0.5f, 1, 2.5f }
           from topK in new[] { 0, 1, 3, 20, 5000 }
           from topP in new[] { 1, 0.9f, 0.7f, 0 }
           from minP in new[] { 0, 0.0005f, 0.2f, 1 }
           where topK > 0 || topP < 1 || minP > 0
           select new NextTokenRule { Temperature = temperature, TopK = topK, TopP = topP, MinP = minP, Seed = 5, Report = true },
    ];

    /// <summary>What is left of <see cref="s_probabilities"/>, before it is made to sum to one.</summary>
    private static readonly Dictionary<string, (NextTokenRule Rule, double[] Left)> s_closed = new()
    {
        ["top_k"] = (new() { TopK = 2 }, [0, 0.5, 0, 0.3]),
        ["top_k of more than there are"] = (new() { TopK = 9, TopP = 0.9f }, [0, 0.5, 0.15, 0.3]),
        ["top_p of one"] = (new() { TopP = 0.4f }, [0, 0.5, 0, 0]),
        ["top_p of two"] = (new() { TopP = 0.6f }, [0, 0.5, 0, 0.3]),
        ["top_p of none"] = (new() { TopP = 0 }, [0, 0.5, 0, 0]),
        ["top_p after top_k"] = (new() { TopK = 2, TopP = 0.6f }, [0, 0.5, 0, 0]),
        ["min_p"] = (new() { MinP = 0.2f }, [0, 0.5, 0.15, 0.3]),
        ["min_p beside top_p"] = (new() { MinP = 0.4f, TopP = 0.9f }, [0, 0.5, 0, 0.3]),
        ["top_p beside min_p"] = (new() { MinP = 0.2f, TopP = 0.6f }, [0, 0.5, 0, 0.3]),
        ["top_k beside min_p"] = (new() { MinP = 0.01f, TopK = 3 }, [0, 0.5, 0.15, 0.3]),
        ["min_p after a low temperature"] = (new() { MinP = 0.2f, Temperature = 0.5f }, [0, 0.25, 0, 0.09]),
        ["min_p after a high temperature"] = (new() { MinP = 0.5f, Temperature = 2 }, [0, Math.Sqrt(0.5), Math.Sqrt(0.15), Math.Sqrt(0.3)]),
        ["top_p after a low temperature"] = (new() { TopP = 0.9f, Temperature = 0.5f }, [0, 0.25, 0, 0.09]),
    };

    public static TheoryData<string> Closed => [.. s_closed.Keys];

    [Theory]
    [InlineData("spread", new[] { 1, 4, 15, 16, 17, 33, 200 })]
    [InlineData("ties", new[] { 2, 16, 17, 48, 200 })]
    [InlineData("masks", new[] { 5, 16, 31, 200 })]
    [InlineData("a long tail", new[] { 1040 })]
    public void Every_combination_draws_what_the_reference_draws(string shape, int[] sizes)
    {
        using var reference = new ReferenceBackend();
        foreach (int size in sizes)
        {
            float[] scores = [.. Enumerable.Range(0, size).Select(token => Score(shape, token))];
            TokenChoice[] expected = Choose(reference, scores, s_rules);
            foreach (SimdForm form in CpuForms.Supported)
            {
                using var cpu = CpuBackend.Create(1, form);
                Assert.All(expected.Zip(Choose(cpu, scores, s_rules)), (pair, i) => AssertSame(pair.First, pair.Second, s_rules[i]));
            }
        }
    }

    /// <summary>The frozen model finds every token equally probable; a bias makes the probabilities.</summary>
    [Theory]
    [MemberData(nameof(Closed))]
    public void A_small_distribution_is_cut_as_by_hand(string name)
    {
        (NextTokenRule rule, double[] left) = s_closed[name];
        rule = rule with
        {
            Report = true,
            Bias = [.. s_probabilities.Select((probability, token) => new TokenBias(token, (float)Math.Log(probability)))],
        };
        foreach (SimdForm form in CpuForms.Supported)
        {
            using var cpu = CpuBackend.Create(1, form);
            AssertDraws([.. left.Select(mass => mass / left.Sum())], Choose(cpu, [2, 2, 2, 2], [.. Enumerable.Repeat(rule, Draws)]), 0.25);
        }
    }

    /// <summary>Their masses are whole numbers, so that every limit can be met exactly; the last token is out of reach of all.</summary>
    [Theory]
    [InlineData(4, 0, 0.5f, 0, 2)]
    [InlineData(4, 0, 0.5f, 1, 2)]
    [InlineData(4, 0, 1, 1, 4)]
    [InlineData(4, 3, 1, 0, 3)]
    [InlineData(8, 4, 0.75f, 0, 3)]
    [InlineData(32, 17, 1, 0, 17)]
    [InlineData(32, 0, 0.75f, 0, 24)]
    [InlineData(48, 0, 1, 1, 48)]
    public void Of_equals_the_lowest_ids_are_kept_and_no_more_than_asked_for(int equals, int topK, float topP, float minP, int kept)
    {
        var rule = new NextTokenRule { TopK = topK, TopP = topP, MinP = minP, Report = true };
        float[] scores = [.. Enumerable.Repeat(1.5f, equals), -500];
        double[] expected = [.. Enumerable.Range(0, equals + 1).Select(token => token < kept ? 1.0 / kept : 0)];
        foreach (SimdForm form in CpuForms.Supported)
        {
            using var cpu = CpuBackend.Create(1, form);
            AssertDraws(expected, Choose(cpu, scores, [.. Enumerable.Repeat(rule, Draws)]), 1.0 / equals);
        }
    }

    private static float Score(string shape, int token)
    {
        float random = (float)Philox.Uniform(11, (ulong)token, 0);
        return shape switch
        {
            "spread" => 3 + (12 * random),
            "ties" => 2 + MathF.Floor(4 * random),
            "masks" => token % 3 == 1 ? float.NegativeInfinity : 6 * random,

            // Four equals, and beyond the first margin so many of a thousandth that together they weigh almost as much as one of the four.
            _ => token % 260 == 130 ? 4 : -2.9f - (random / 4),
        };
    }

    /// <summary>Rule i draws at position i.</summary>
    private static TokenChoice[] Choose(IBackend backend, float[] scores, NextTokenRule[] rules)
    {
        using Tensor logits = backend.CreateTensor(1, scores.Length);
        backend.Upload(scores, 0, logits);
        TokenChoice[] choices = [.. rules.Select(_ => new TokenChoice(0, 0))];
        backend.ChooseNextTokens(
            [.. rules.Select((rule, i) => new NextTokenRow(logits, 0, scores.Length, [], 0, rule, null, Stream, i, choices[i]))]);
        return choices;
    }

    private static void AssertSame(TokenChoice expected, TokenChoice actual, NextTokenRule rule)
    {
        Assert.True(expected.Token == actual.Token, $"{expected.Token}, not {actual.Token}: {rule}");
        Assert.Equal(expected.SampledLogProbability, actual.SampledLogProbability, 1e-4);
        Assert.Equal(expected.Divergence, actual.Divergence, 1e-4);
    }

    /// <summary>Choice i is the token at which the sum of the probabilities, by id, passes the i-th number of the generator.</summary>
    private static void AssertDraws(double[] probabilities, TokenChoice[] choices, double frozen)
    {
        double divergence = probabilities.Where(probability => probability > 0).Sum(
            probability => probability * Math.Log(probability / frozen));
        Assert.All(choices, (choice, position) =>
        {
            double uniform = Philox.Uniform(0, (ulong)position, Stream);
            int token = Enumerable.Range(0, probabilities.Length).First(last => probabilities.Take(last + 1).Sum() > uniform);
            Assert.Equal(token, choice.Token);
            Assert.Equal(Math.Log(probabilities[token]), choice.SampledLogProbability, 1e-4);
            Assert.Equal(divergence, choice.Divergence, 1e-4);
        });
    }
}
