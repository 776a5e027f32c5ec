using Alignment.Compute.NextToken;

namespace Alignment.Compute.Tests.Cpu;

/// <summary>Rules of every kind, for the tests of each backend.</summary>
internal static class NextTokenRules
{
    /// <summary>Most of the best tokens that a rule reports.</summary>
    public const int Top = 7;

    public static TheoryData<NextTokenRule> All =>
    [
        new NextTokenRule { Seed = 1 },
        new NextTokenRule { Temperature = 0, TopLogProbabilities = Top, Report = true },
        new NextTokenRule { Temperature = 0.7f, Seed = 2, Report = true, TopLogProbabilities = 3 },
        new NextTokenRule { TopK = 5, Seed = 3, Report = true },
        new NextTokenRule { TopP = 0.9f, Seed = 4, Report = true },
        new NextTokenRule { MinP = 0.02f, Temperature = 1.3f, Seed = 5, Report = true },
        new NextTokenRule { TopK = 40, TopP = 0.8f, MinP = 0.01f, Temperature = 0.9f, Seed = 6 },
        new NextTokenRule { TopK = 5000, Temperature = 50, Seed = 7 },
        new NextTokenRule { RepetitionPenalty = 1.3f, FrequencyPenalty = 0.4f, PresencePenalty = 0.6f, Seed = 8, TopLogProbabilities = Top },
        new NextTokenRule { Bias = [new TokenBias(3, 100), new TokenBias(4, float.NegativeInfinity)], Seed = 9, TopP = 0.5f },
    ];
}
