using Alignment.Decoding.Guidance;
using Alignment.Decoding.Search.BestOfN;
using Alignment.Decoding.Settings;
using Alignment.Models;

namespace Alignment.Decoding;

/// <summary>Everything that can be wrong with a request once its prompt is encoded, in the order of its fields.</summary>
internal sealed class RequestValidator(LanguageModel model, GuideBinder guides, GenerationLimits limits)
{
    private const int MaxTopLogProbabilities = 20;
    private const int MaxStops = 16;
    private const int MaxStopLength = 256;

    public void Validate(GenerationRequest request, IReadOnlyList<int> prompt, ProblemCollection problems)
    {
        int vocabulary = model.Tokenizer.VocabularySize;
        Require(prompt.Count > 0, problems, "prompt", "is empty");
        CheckTokens(prompt, vocabulary, problems);
        CheckLength(request, prompt.Count, problems);
        SamplingValidator.Validate(request.Sampling, vocabulary, problems);
        bool stops = request.Stop.Count <= MaxStops && request.Stop.All(stop => stop.Length is > 0 and <= MaxStopLength);
        Require(stops, problems, "stop", $"must be at most {MaxStops} texts of 1 to {MaxStopLength} characters");
        Require(request.TopLogProbabilities is null or (>= 0 and <= MaxTopLogProbabilities), problems, "top_logprobs", $"must be between 0 and {MaxTopLogProbabilities}");
        CheckCost(request, prompt.Count, problems);
    }

    /// <summary>Notes ids that are not in the vocabulary.</summary>
    public static void CheckTokens(IReadOnlyList<int> tokens, int vocabulary, ProblemCollection problems)
    {
        int wrong = tokens.FirstOrDefault(token => token < 0 || token >= vocabulary, -1);
        bool valid = tokens.All(token => token >= 0 && token < vocabulary);
        Require(valid, problems, "prompt", $"there is no token {wrong}; ids end at {vocabulary - 1}");
    }

    private void CheckLength(GenerationRequest request, int prompt, ProblemCollection problems)
    {
        int context = model.Config.MaxPositions;
        int shortest = request.Echo ? 0 : 1;
        Require(request.MaxTokens is null || request.MaxTokens >= shortest, problems, "max_tokens", $"must be at least {shortest}");
        long length = prompt + (long)Math.Max(request.MaxTokens ?? shortest, shortest);
        Require(
            length <= context, problems, prompt >= context ? "prompt" : "max_tokens",
            $"the prompt has {prompt} tokens and the response up to {length - prompt}: together more than the context of {context}", RequestProblem.ContextLength);
    }

    private void CheckCost(GenerationRequest request, int prompt, ProblemCollection problems)
    {
        int drawn = request.Alignment.Search is BestOfNSettings search ? search.Candidates : request.Choices;
        Require(request.Choices >= 1 && request.Choices <= limits.MaxChoices, problems, "n", $"must be between 1 and {limits.MaxChoices}");
        Require(request.Choices <= drawn, problems, "n", $"{request.Choices} responses cannot be chosen from {drawn} candidates");
        long response = Math.Max(0, request.MaxTokens ?? model.Config.MaxPositions - prompt);
        long cost = (prompt + (drawn * response)) * guides.CountPaths(request.Alignment.Guidance);
        Require(cost <= limits.MaxForwardTokens, problems, "max_tokens", $"the request may cost {cost} forward tokens; at most {limits.MaxForwardTokens} are allowed");
    }

    private static void Require(bool holds, ProblemCollection problems, string path, string message, string? code = null)
    {
        if (!holds)
        {
            problems.Add(new RequestProblem(path, message, code));
        }
    }
}
