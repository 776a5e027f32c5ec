using Alignment.Compute.Contract.NextToken;

namespace Alignment.Compute.Tests.Cpu;

/// <summary>Rules of every kind, for the tests of each backend; known by name, so that every rule is a test of its own.</summary>
internal static class NextTokenRules
{
    /// <summary>Most of the best tokens that a rule reports.</summary>
    public const int Top = 7;

    private static readonly Dictionary<string, NextTokenRule> s_rules = new()
    {
        ["plain"] = new() { Seed = 1 },
        ["greedy"] = new() { Temperature = 0, TopLogProbabilities = Top, Report = true },
        ["temperature"] = new() { Temperature = 0.7f, Seed = 2, Report = true, TopLogProbabilities = 3 },
        ["top_k"] = new() { TopK = 5, Seed = 3, Report = true },
        ["top_p"] = new() { TopP = 0.9f, Seed = 4, Report = true },
        ["min_p"] = new() { MinP = 0.02f, Temperature = 1.3f, Seed = 5, Report = true },
        ["truncations"] = new() { TopK = 40, TopP = 0.8f, MinP = 0.01f, Temperature = 0.9f, Seed = 6 },
        ["top_k of all"] = new() { TopK = 5000, Temperature = 50, Seed = 7 },
        ["penalties"] =
            new() { RepetitionPenalty = 1.3f, FrequencyPenalty = 0.4f, PresencePenalty = 0.6f, Seed = 8, TopLogProbabilities = Top },
        ["bias"] = new() { Bias = [new TokenBias(3, 100), new TokenBias(4, float.NegativeInfinity)], Seed = 9, TopP = 0.5f },
    };

    public static TheoryData<string> Names => [.. s_rules.Keys];

    public static NextTokenRule Of(string name) => s_rules[name];
}
