using System.Security.Cryptography;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Hosting;
using Alignment.Server.Contracts;

namespace Alignment.Server.Requests;

/// <summary>
/// The part of a generation request that chats and completions share: what the body says, over the profile's or the model's defaults.
/// </summary>
internal static class GenerationBinder
{
    public static GenerationRequest Bind(GenerationBody body, Prompt prompt, ServedModel model, ProblemCollection problems)
    {
        if (body.PromptLogprobs is not null && body.Stream is true)
        {
            problems.Add(new RequestProblem("prompt_logprobs", "is not there in a stream"));
        }

        return new GenerationRequest
        {
            Prompt = prompt,
            Choices = body.N ?? 1,
            MaxTokens = body.MaxTokens,
            Sampling = Sampling(body, model.Sampling),
            Stop = body.Stop ?? [],
            StopTokens = body.StopTokenIds ?? [],
            IncludeStop = body.IncludeStopStrInOutput ?? false,
            MinTokens = body.MinTokens ?? 0,
            BadWords = BadWords(body.BadWords ?? [], problems),
            PromptLogProbabilities = body.PromptLogprobs,
            Alignment = model.Binder.Bind(body.Alignment, model.Alignment, problems),
        };
    }

    /// <summary>Holds a request to the operator's ceilings, once all of it is bound.</summary>
    public static GenerationRequest CheckPolicy(GenerationRequest request, ServedModel model, ProblemCollection problems)
    {
        model.Binder.Policy.Check(request, model.Sampling, problems);
        return request;
    }

    /// <summary>The serializer lets nulls pass.</summary>
    private static string[] BadWords(IReadOnlyList<string?> words, ProblemCollection problems)
    {
        int missing = words.ToList().IndexOf(null);
        if (missing >= 0)
        {
            problems.Add(new RequestProblem($"bad_words[{missing}]", "must be a string, not null"));
        }

        return missing >= 0 ? [] : [.. words.OfType<string>()];
    }

    private static SamplingSettings Sampling(GenerationBody body, SamplingSettings defaults) => new()
    {
        Temperature = body.Temperature ?? defaults.Temperature,
        TopP = body.TopP ?? defaults.TopP,
        TopK = body.TopK ?? defaults.TopK,
        MinP = body.MinP ?? defaults.MinP,
        RepetitionPenalty = body.RepetitionPenalty ?? defaults.RepetitionPenalty,
        FrequencyPenalty = body.FrequencyPenalty ?? defaults.FrequencyPenalty,
        PresencePenalty = body.PresencePenalty ?? defaults.PresencePenalty,
        LogitBias = body.LogitBias ?? defaults.LogitBias,
        IgnoreEos = body.IgnoreEos ?? defaults.IgnoreEos,
        Seed = body.Seed is { } seed ? unchecked((ulong)seed) : NewSeed(),
    };

    /// <summary>A request without a seed is not to be repeatable; everything after this number is.</summary>
    private static ulong NewSeed() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
}
