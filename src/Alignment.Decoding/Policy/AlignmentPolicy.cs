namespace Alignment.Decoding.Policy;

/// <summary>
/// What an operator does not leave to the client: guidance that can align can also jailbreak. A floor is a range of weights without 0. A
/// floor without a ceiling on everything else would be none, so a policy with a floor closes whatever it does not speak of; without one,
/// what it does not speak of stays
/// open. <see cref="ResolvedPolicy"/> has the answers, docs/policy.md the promise.
/// </summary>
public sealed record AlignmentPolicy
{
    /// <summary>Nothing is forced and nothing is forbidden.</summary>
    public static AlignmentPolicy Open { get; } = new();

    /// <summary>
    /// Least weight of a guidance source, by name. Above 0 it is a floor: a request that does not name the source gets it with this weight.
    /// </summary>
    public IReadOnlyDictionary<string, float> MinimumGuidance { get; init; } = new Dictionary<string, float>();

    /// <summary>Largest weight of a guidance source, by name. As soon as a policy names a source, requests can use no others.</summary>
    public IReadOnlyDictionary<string, float> MaximumGuidance { get; init; } = new Dictionary<string, float>();

    /// <summary>
    /// Largest sum of the magnitudes of the weights that a request gives to sources without a floor; null: no other bound than each one's
    /// own.
    /// </summary>
    public float? MaximumTotalGuidance { get; init; }

    /// <summary>
    /// Whether clients may guide by a prompt of their own; its weights are bounded under the name <see cref="GuidanceSource.Prompt"/>.
    /// </summary>
    public bool AllowContrastPrompts { get; init; } = true;

    /// <summary>Least weight of a reward, by name. Above 0 it is a floor: every answer is chosen with this reward.</summary>
    public IReadOnlyDictionary<string, float> MinimumReward { get; init; } = new Dictionary<string, float>();

    /// <summary>Largest weight of a reward, by name. As soon as a policy names a reward, requests can use no others.</summary>
    public IReadOnlyDictionary<string, float> MaximumReward { get; init; } = new Dictionary<string, float>();

    /// <summary>
    /// From how many candidates each answer is chosen at least, where a reward has a floor; null: 4. With 1, searching is left to the
    /// client.
    /// </summary>
    public int? MinimumCandidates { get; init; }

    /// <summary>Highest temperature of a soft selection; null: 0 beside a floor.</summary>
    public float? MaximumTau { get; init; }

    /// <summary>Highest sampling temperature, which divides floors as everything else; null: 1 beside a floor.</summary>
    public float? MaximumTemperature { get; init; }

    /// <summary>
    /// Largest magnitude of an entry of <c>logit_bias</c>; null: 0 beside a floor. Forbidding a token altogether is a ban.
    /// </summary>
    public float? MaximumLogitBias { get; init; }

    /// <summary>Largest repetition penalty; the least is its inverse. null: 1 beside a floor.</summary>
    public float? MaximumRepetitionPenalty { get; init; }

    /// <summary>Largest magnitude of the frequency penalty; null: 0 beside a floor.</summary>
    public float? MaximumFrequencyPenalty { get; init; }

    /// <summary>Largest magnitude of the presence penalty; null: 0 beside a floor.</summary>
    public float? MaximumPresencePenalty { get; init; }

    /// <summary>Whether clients may forbid tokens, which can be those of a refusal; null: not beside a floor.</summary>
    public bool? AllowBans { get; init; }

    /// <summary>Whether clients may have an answer go on behind its end; null: not beside a floor.</summary>
    public bool? AllowIgnoreEos { get; init; }

    /// <summary>
    /// Whether clients may sample more narrowly than the model or profile does by itself, which makes candidates alike; null: not where the
    /// operator chooses between them.
    /// </summary>
    public bool? AllowNarrowSampling { get; init; }

    /// <summary>
    /// Whether clients may ask for the report, which has the text of every candidate; null: not beside a floor of a reward.
    /// </summary>
    public bool? AllowReports { get; init; }

    /// <summary>The weights of guides.</summary>
    public WeightBounds GuidanceBounds() => new(MinimumGuidance, MaximumGuidance);

    /// <summary>The weights of rewards.</summary>
    public WeightBounds RewardBounds() => new(MinimumReward, MaximumReward);
}
