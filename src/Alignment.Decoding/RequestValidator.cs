using Alignment.Decoding.Guidance;
using Alignment.Decoding.Search;
using Alignment.Decoding.Settings;
using Alignment.Models;

namespace Alignment.Decoding;

/// <summary>Everything that can be wrong with a request. One fault is reported once: what only follows from it is not looked at.</summary>
internal sealed class RequestValidator(LanguageModel model, GuideBinder guides, GenerationLimits limits)
{
    /// <summary>What can be said before the prompt is encoded: every field against its range.</summary>
    public void ValidateSettings(GenerationRequest request, ProblemCollection problems)
    {
        NumberRange maxTokens = request.Echo ? RequestRanges.MaxTokensOfEcho : RequestRanges.MaxTokens;
        maxTokens.Check(request.MaxTokens ?? maxTokens.Minimum, request.Fields.MaxTokens, problems);
        if (!problems.Touch(request.Fields.MaxTokens))
        {
            RequestRanges.MinTokens(request.MaxTokens).Check(request.MinTokens, "min_tokens", problems);
        }

        SamplingValidator.Validate(request.Sampling, problems);
        SamplingValidator.ValidateTokens(request.Sampling, model.Tokenizer.VocabularySize, problems);
        CheckTexts(request.Stop, "stop", RequestRanges.StopCount, RequestRanges.StopLength, problems);
        CheckTexts(request.BadWords, "bad_words", RequestRanges.BadWordCount, RequestRanges.BadWordLength, problems);
        CheckStopTokens(request.StopTokens, problems);
        if (request.TopLogProbabilities is { } top)
        {
            RequestRanges.TopLogProbabilities.Check(top, request.Fields.TopLogProbabilities, problems);
        }

        if (request.PromptLogProbabilities is { } promptTop)
        {
            RequestRanges.TopLogProbabilities.Check(promptTop, "prompt_logprobs", problems);
        }

        CheckChoices(request, problems);
    }

    /// <summary>Whether an encoded prompt, its response and everything beside them fit.</summary>
    public void ValidateSize(GenerationRequest request, IReadOnlyList<int> prompt, ProblemCollection problems)
    {
        (string field, string maxTokens) = (request.Fields.Prompt, request.Fields.MaxTokens);
        Require(prompt.Count > 0, problems, field, "is empty");
        CheckTokens(prompt, model.Tokenizer.VocabularySize, field, problems);
        if (!problems.Touch(field) && !problems.Touch(maxTokens))
        {
            CheckLength(request, prompt.Count, problems);
        }

        if (!problems.Touch(field) && !problems.Touch(maxTokens) && !problems.Touch("n"))
        {
            CheckCost(request, prompt.Count, problems);
        }
    }

    /// <summary>Notes the first id that is not in the vocabulary.</summary>
    public static void CheckTokens(IReadOnlyList<int> tokens, int vocabulary, string path, ProblemCollection problems)
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            if ((uint)tokens[i] >= (uint)vocabulary)
            {
                problems.Add(new RequestProblem($"{path}[{i}]", $"there is no token {tokens[i]}, ids end at {vocabulary - 1}"));
                return;
            }
        }
    }

    private static void CheckTexts(IReadOnlyList<string> texts, string path, NumberRange count, NumberRange length, ProblemCollection problems)
    {
        if (!count.Contains(texts.Count))
        {
            problems.Add(new RequestProblem(path, $"has {texts.Count} texts, at most {count.Maximum} are allowed"));
            return;
        }

        for (int i = 0; i < texts.Count; i++)
        {
            Require(length.Contains(texts[i].Length), problems, $"{path}[{i}]", $"its length must be {length} characters");
        }
    }

    private void CheckStopTokens(IReadOnlyList<int> tokens, ProblemCollection problems)
    {
        if (RequestRanges.StopTokenCount.Contains(tokens.Count))
        {
            CheckTokens(tokens, model.Tokenizer.VocabularySize, "stop_token_ids", problems);
        }
        else
        {
            double most = RequestRanges.StopTokenCount.Maximum;
            problems.Add(new RequestProblem("stop_token_ids", $"has {tokens.Count} ids, at most {most} are allowed"));
        }
    }

    private void CheckChoices(GenerationRequest request, ProblemCollection problems)
    {
        int drawn = Drawn(request);
        bool valid = RequestRanges.Choices(limits).Check(request.Choices, "n", problems);
        Require(!valid || request.Choices <= drawn, problems, "n", $"{request.Choices} responses cannot be chosen from {drawn} candidates");
    }

    private void CheckLength(GenerationRequest request, int prompt, ProblemCollection problems)
    {
        int context = model.Config.MaxPositions;
        int shortest = request.Echo ? 0 : 1;
        long response = request.MaxTokens ?? Math.Max(shortest, request.MinTokens);
        Require(
            prompt + response <= context, problems, prompt + shortest > context ? request.Fields.Prompt : request.Fields.MaxTokens,
            $"the prompt has {prompt} tokens and the response up to {response}: together more than the context of {context}", RequestProblem.ContextLength);
    }

    private void CheckCost(GenerationRequest request, int prompt, ProblemCollection problems)
    {
        long response = Math.Max(0, request.MaxTokens ?? model.Config.MaxPositions - prompt);
        int scored = PromptEcho.MostListed(request) is null ? 0 : prompt;
        long cost = scored + ((prompt + (Drawn(request) * response)) * guides.CountPaths(request.Alignment.Guidance));
        Require(
            cost <= limits.MaxForwardTokens, problems, request.Fields.MaxTokens,
            $"the request may cost {cost} forward tokens; at most {limits.MaxForwardTokens} are allowed");
    }

    private static int Drawn(GenerationRequest request) => request.Alignment.Search?.Draws(request.Choices) ?? request.Choices;

    private static void Require(bool holds, ProblemCollection problems, string path, string message, string? code = null)
    {
        if (!holds)
        {
            problems.Add(new RequestProblem(path, message, code));
        }
    }
}
