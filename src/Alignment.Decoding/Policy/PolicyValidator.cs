using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Policy;

/// <summary>
/// What is wrong with a policy, whatever the model: found at start, for a policy that cannot be kept would be silently none.
/// </summary>
public static class PolicyValidator
{
    /// <summary>Every problem, by the policy's keys.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="limits">What no request may exceed.</param>
    public static ProblemCollection Validate(AlignmentPolicy policy, GenerationLimits limits)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(limits);
        ProblemCollection problems = [];
        CheckWeights("Guidance", policy.GuidanceBounds(), RequestRanges.GuideWeight(limits), problems);
        CheckWeights("Reward", policy.RewardBounds(), RequestRanges.RewardWeight, problems);
        CheckContrast(policy.GuidanceBounds(), problems);
        CheckCeilings(policy, problems);
        CheckCandidates(policy, limits, problems);
        return problems;
    }

    private static void CheckWeights(string kind, WeightBounds bounds, NumberRange range, ProblemCollection problems)
    {
        foreach (string name in bounds.Names)
        {
            Check($"Minimum{kind}:{name}", bounds.Least(name), range, problems);
            Check($"Maximum{kind}:{name}", bounds.Most(name), range, problems);
            (float? least, float? most) = (bounds.Least(name), bounds.Most(name));
            Require(!(least > most), $"Minimum{kind}:{name}", $"{least} is above Maximum{kind}:{name}, {most}", problems);
        }
    }

    private static void CheckContrast(WeightBounds guidance, ProblemCollection problems)
    {
        const string Prompt = GuidanceSource.Prompt;
        bool forced = guidance.IsFloor(Prompt);
        Require(!forced, $"MinimumGuidance:{Prompt}", "a contrast prompt cannot have a floor: it is the client's text", problems);
    }

    /// <summary>A ceiling is within the range of what it bounds, and not below the value that changes nothing.</summary>
    private static void CheckCeilings(AlignmentPolicy policy, ProblemCollection problems)
    {
        Check(nameof(policy.MaximumTotalGuidance), policy.MaximumTotalGuidance, new NumberRange(0, float.MaxValue), problems);
        Check(nameof(policy.MaximumTau), policy.MaximumTau, RequestRanges.Tau, problems);
        Check(nameof(policy.MaximumTemperature), policy.MaximumTemperature, RequestRanges.Temperature, problems);
        Check(nameof(policy.MaximumLogitBias), policy.MaximumLogitBias, RequestRanges.LogitBias with { Minimum = 0 }, problems);
        Check(
            nameof(policy.MaximumRepetitionPenalty), policy.MaximumRepetitionPenalty,
            new NumberRange(1, RequestRanges.RepetitionPenalty.Maximum), problems);
        Check(
            nameof(policy.MaximumFrequencyPenalty), policy.MaximumFrequencyPenalty,
            RequestRanges.FrequencyPenalty with { Minimum = 0 }, problems);
        Check(
            nameof(policy.MaximumPresencePenalty), policy.MaximumPresencePenalty,
            RequestRanges.PresencePenalty with { Minimum = 0 }, problems);
    }

    private static void CheckCandidates(AlignmentPolicy policy, GenerationLimits limits, ProblemCollection problems)
    {
        Check(nameof(policy.MinimumCandidates), policy.MinimumCandidates, RequestRanges.Candidates(limits), problems);
        bool comparable = policy.MinimumCandidates is null or <= 1 || policy.RewardBounds().HasFloor;
        Require(comparable, nameof(policy.MinimumCandidates), "needs a floor in MinimumReward to compare candidates by", problems);
    }

    private static void Check(string key, float? value, NumberRange range, ProblemCollection problems)
    {
        if (value is { } given)
        {
            range.Check(given, key, problems);
        }
    }

    private static void Require(bool holds, string key, string message, ProblemCollection problems)
    {
        if (!holds)
        {
            problems.Add(new RequestProblem(key, message));
        }
    }
}
