using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Tests.Requests;

/// <summary>Every sampling parameter at the ends of its range.</summary>
public sealed class SamplingValidatorTests
{
    private const int Vocabulary = 10;

    private static readonly (string Path, SamplingSettings Sampling)[] s_outside =
    [
        ("temperature", new SamplingSettings { Temperature = -0.01f }),
        ("temperature", new SamplingSettings { Temperature = 2.01f }),
        ("top_p", new SamplingSettings { TopP = 0 }),
        ("top_p", new SamplingSettings { TopP = 1.01f }),
        ("top_k", new SamplingSettings { TopK = -1 }),
        ("min_p", new SamplingSettings { MinP = -0.01f }),
        ("min_p", new SamplingSettings { MinP = 1.01f }),
        ("repetition_penalty", new SamplingSettings { RepetitionPenalty = 0 }),
        ("repetition_penalty", new SamplingSettings { RepetitionPenalty = 1e-40f }),
        ("repetition_penalty", new SamplingSettings { RepetitionPenalty = 101 }),
        ("frequency_penalty", new SamplingSettings { FrequencyPenalty = -2.01f }),
        ("frequency_penalty", new SamplingSettings { FrequencyPenalty = 2.01f }),
        ("presence_penalty", new SamplingSettings { PresencePenalty = -2.01f }),
        ("presence_penalty", new SamplingSettings { PresencePenalty = 2.01f }),
        ("logit_bias.-1", Bias((-1, 1))),
        ("logit_bias.10", Bias((10, 1))),
        ("logit_bias.3", Bias((3, -100.5f))),
        ("logit_bias.3", Bias((3, 100.5f))),
        ("logit_bias", Bias([.. Enumerable.Range(0, 301).Select(token => (token, 1f))])),
    ];

    [Fact]
    public void What_is_out_of_range_is_named()
        => Assert.All(s_outside, wrong => Assert.Equal(wrong.Path, Assert.Single(Problems(wrong.Sampling)).Path));

    [Fact]
    public void The_ends_of_the_ranges_are_right()
    {
        Assert.Empty(
            Problems(new SamplingSettings { Temperature = 0, TopP = 1, TopK = 0, MinP = 0, FrequencyPenalty = -2, PresencePenalty = -2 }));
        Assert.Empty(
            Problems(
                new SamplingSettings { Temperature = 2, MinP = 1, FrequencyPenalty = 2, PresencePenalty = 2, RepetitionPenalty = 100 }));
        Assert.Empty(Problems(Bias((0, -100), (9, 100))));
        Assert.Contains("end at 9", Problems(Bias((10, 1))).First.Message, StringComparison.Ordinal);
    }

    private static ProblemCollection Problems(SamplingSettings sampling)
    {
        ProblemCollection problems = [];
        SamplingValidator.Validate(sampling, problems);
        SamplingValidator.ValidateTokens(sampling, Vocabulary, problems);
        return problems;
    }

    private static SamplingSettings Bias(params (int Token, float Bias)[] biases)
        => new() { LogitBias = biases.ToDictionary(bias => bias.Token, bias => bias.Bias) };
}
