using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Policy;

/// <summary>
/// How far a request's sampling may go; the defaults of the model or profile that it names are the operator's own and always allowed.
/// </summary>
internal sealed record SamplingPolicy
{
    private const string Bans = "the operator does not allow tokens to be forbidden";

    public required PolicyRange Temperature { get; init; }

    public required PolicyRange LogitBias { get; init; }

    public required PolicyRange RepetitionPenalty { get; init; }

    public required PolicyRange FrequencyPenalty { get; init; }

    public required PolicyRange PresencePenalty { get; init; }

    /// <summary>Whether tokens may be forbidden.</summary>
    public required bool AllowsBans { get; init; }

    public required bool AllowsIgnoreEos { get; init; }

    /// <summary>Whether sampling may be narrower than the operator's own.</summary>
    public required bool AllowsNarrowSampling { get; init; }

    /// <summary>What a policy says; with a floor, what it leaves out is closed.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="closed">Whether it has a floor.</param>
    /// <param name="chooses">Whether it has every answer chosen from several candidates, which must be able to differ.</param>
    public static SamplingPolicy Resolve(AlignmentPolicy policy, bool closed, bool chooses)
    {
        return new SamplingPolicy
        {
            Temperature = Bound(policy.MaximumTemperature, 1, most => new PolicyRange(0, most)),
            LogitBias = Bound(policy.MaximumLogitBias, 0, PolicyRange.Within),
            RepetitionPenalty = Bound(policy.MaximumRepetitionPenalty, 1, most => new PolicyRange(1 / most, most)),
            FrequencyPenalty = Bound(policy.MaximumFrequencyPenalty, 0, PolicyRange.Within),
            PresencePenalty = Bound(policy.MaximumPresencePenalty, 0, PolicyRange.Within),
            AllowsBans = policy.AllowBans ?? !closed,
            AllowsIgnoreEos = policy.AllowIgnoreEos ?? !closed,
            AllowsNarrowSampling = policy.AllowNarrowSampling ?? !chooses,
        };

        PolicyRange Bound(float? most, float closedMost, Func<float, PolicyRange> range)
            => most is null && !closed ? PolicyRange.Any : range(most ?? closedMost);
    }

    /// <summary>Notes every parameter that goes further than policy and defaults.</summary>
    public void Check(GenerationRequest request, SamplingSettings own, ProblemCollection problems)
    {
        SamplingSettings asked = request.Sampling;
        Temperature.Including(own.Temperature).Check("temperature", asked.Temperature, problems);
        CheckNarrowness(asked, own, problems);
        RepetitionPenalty.Including(own.RepetitionPenalty).Check("repetition_penalty", asked.RepetitionPenalty, problems);
        FrequencyPenalty.Including(own.FrequencyPenalty).Check("frequency_penalty", asked.FrequencyPenalty, problems);
        PresencePenalty.Including(own.PresencePenalty).Check("presence_penalty", asked.PresencePenalty, problems);
        foreach ((int token, float bias) in asked.LogitBias.Except(own.LogitBias))
        {
            CheckBias(token, bias, problems);
        }

        Require(AllowsBans || request.BadWords.Count == 0, GenerationRequest.BadWordsField, Bans, problems);
        Require(AllowsBans || request.MinTokens <= 0, "min_tokens", Bans, problems);
        bool ends = AllowsIgnoreEos || asked.IgnoreEos == own.IgnoreEos;
        Require(ends, "ignore_eos", "the operator does not allow answers to go on behind their end", problems);
    }

    /// <summary>A floor chooses nothing between candidates that are all the most probable one. A top_k of 0 keeps every token.</summary>
    private void CheckNarrowness(SamplingSettings asked, SamplingSettings own, ProblemCollection problems)
    {
        bool keepsAll = asked.TopK == 0 || (own.TopK > 0 && asked.TopK >= own.TopK);
        RequireWidth(asked.Temperature >= own.Temperature, "temperature", $"it must be at least {own.Temperature}", problems);
        RequireWidth(asked.TopP >= own.TopP, "top_p", $"it must be at least {own.TopP}", problems);
        RequireWidth(asked.MinP <= own.MinP, "min_p", $"it must be at most {own.MinP}", problems);
        RequireWidth(keepsAll, "top_k", own.TopK > 0 ? $"it must be 0 or at least {own.TopK}" : "it must be 0", problems);
    }

    private void RequireWidth(bool holds, string path, string bound, ProblemCollection problems)
    {
        string message = $"the operator chooses between candidates, which must be able to differ: {bound}";
        Require(AllowsNarrowSampling || holds, path, message, problems);
    }

    private void CheckBias(int token, float bias, ProblemCollection problems)
    {
        string path = FormattableString.Invariant($"logit_bias.{token}");
        if (bias <= SamplingSettings.Forbidden)
        {
            Require(AllowsBans, path, Bans, problems);
        }
        else
        {
            LogitBias.Check(path, bias, problems);
        }
    }

    private static void Require(bool holds, string path, string message, ProblemCollection problems)
    {
        if (!holds)
        {
            problems.Add(new RequestProblem(path, message));
        }
    }
}
