namespace Alignment.Decoding.Requests;

/// <summary>
/// Every range that a request's numbers, counts and lengths have, each in one place: what validates requests, profiles, model folders and
/// command lines reads it here, and so does the documentation that clients see.
/// </summary>
public static class RequestRanges
{
    /// <summary>See <see cref="SamplingSettings.Temperature"/>.</summary>
    public static NumberRange Temperature { get; } = new(0, 2);

    /// <summary>See <see cref="SamplingSettings.TopP"/>.</summary>
    public static NumberRange TopP { get; } = new(0, 1, ExcludesMinimum: true);

    /// <summary>See <see cref="SamplingSettings.TopK"/>.</summary>
    public static NumberRange TopK { get; } = new(0);

    /// <summary>See <see cref="SamplingSettings.MinP"/>.</summary>
    public static NumberRange MinP { get; } = new(0, 1);

    /// <summary>See <see cref="SamplingSettings.RepetitionPenalty"/>. Logits are divided by it: by less they may overflow.</summary>
    public static NumberRange RepetitionPenalty { get; } = new(0.001, 100);

    /// <summary>See <see cref="SamplingSettings.FrequencyPenalty"/>.</summary>
    public static NumberRange FrequencyPenalty { get; } = new(-2, 2);

    /// <summary>See <see cref="SamplingSettings.PresencePenalty"/>.</summary>
    public static NumberRange PresencePenalty { get; } = new(-2, 2);

    /// <summary>One entry of <see cref="SamplingSettings.LogitBias"/>.</summary>
    public static NumberRange LogitBias { get; } = new(-100, 100);

    /// <summary>Entries of <see cref="SamplingSettings.LogitBias"/>.</summary>
    public static NumberRange LogitBiasCount { get; } = new(0, 300);

    /// <summary>Entries of <see cref="GenerationRequest.Stop"/>.</summary>
    public static NumberRange StopCount { get; } = new(0, 4);

    /// <summary>Characters of one stop text.</summary>
    public static NumberRange StopLength { get; } = new(1, 256);

    /// <summary>Entries of <see cref="GenerationRequest.StopTokens"/>.</summary>
    public static NumberRange StopTokenCount { get; } = new(0, 256);

    /// <summary>Entries of <see cref="GenerationRequest.BadWords"/>: each is compared at every step.</summary>
    public static NumberRange BadWordCount { get; } = new(0, 256);

    /// <summary>Characters of one bad word.</summary>
    public static NumberRange BadWordLength { get; } = new(1, 256);

    /// <summary>See <see cref="GenerationRequest.MinTokens"/>; never more than the most.</summary>
    public static NumberRange MinTokens(int? maxTokens) => new(0, maxTokens ?? double.PositiveInfinity);

    /// <summary>See <see cref="GenerationRequest.MaxTokens"/>; 0 as well for an echo alone.</summary>
    public static NumberRange MaxTokens { get; } = new(1);

    /// <summary>See <see cref="GenerationRequest.MaxTokens"/>, with <see cref="GenerationRequest.Echo"/>.</summary>
    public static NumberRange MaxTokensOfEcho { get; } = new(0);

    /// <summary>
    /// See <see cref="GenerationRequest.TopLogProbabilities"/> and <see cref="GenerationRequest.PromptLogProbabilities"/>.
    /// </summary>
    public static NumberRange TopLogProbabilities { get; } = new(0, 20);

    /// <summary>The same in OpenAI's completions, whose clients know no more.</summary>
    public static NumberRange CompletionLogProbabilities { get; } = new(0, 5);

    /// <summary>Log-probabilities of a prompt's tokens in all choices together.</summary>
    public static NumberRange ListedLogProbabilities { get; } = new(0, 131_072);

    /// <summary>Messages of a conversation.</summary>
    public static NumberRange MessageCount { get; } = new(1, 2048);

    /// <summary>Characters of a contrast prompt.</summary>
    public static NumberRange ContrastLength { get; } = new(1, 4096);

    /// <summary>Rewards of a search.</summary>
    public static NumberRange RewardCount { get; } = new(1, 16);

    /// <summary>Weight of a reward in a search.</summary>
    public static NumberRange RewardWeight { get; } = new(-1e6, 1e6);

    /// <summary>Reference of a reward's transform.</summary>
    public static NumberRange RewardReference { get; } = new(-1e6, 1e6);

    /// <summary>Temperature of a soft selection.</summary>
    public static NumberRange Tau { get; } = new(0, 1e6);

    /// <summary>Responses returned.</summary>
    public static NumberRange Choices(GenerationLimits limits) => new(1, Given(limits).MaxChoices);

    /// <summary>Candidates that a search draws.</summary>
    public static NumberRange Candidates(GenerationLimits limits) => new(1, Given(limits).MaxCandidates);

    /// <summary>Guidance sources.</summary>
    public static NumberRange GuideCount(GenerationLimits limits) => new(0, Given(limits).MaxGuides);

    /// <summary>Weight of a guidance source.</summary>
    public static NumberRange GuideWeight(GenerationLimits limits) => new(-Given(limits).MaxWeight, limits.MaxWeight);

    private static GenerationLimits Given(GenerationLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return limits;
    }
}
