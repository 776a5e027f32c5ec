using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Inference;
using Alignment.Inference.Guides;
using Alignment.Models;

namespace Alignment.Decoding.Preparation;

/// <summary>Everything that can be wrong with a request. One fault is reported once: what only follows from it is not looked at.</summary>
internal sealed class RequestValidator(LanguageModel model, CacheSize cache, GenerationLimits limits)
{
    /// <summary>What can be said before the prompt is encoded: every field against its range.</summary>
    public void ValidateSettings(GenerationRequest request, ProblemCollection problems)
    {
        NumberRange maxTokens = request.Echo ? RequestRanges.MaxTokensOfEcho : RequestRanges.MaxTokens;
        maxTokens.Check(request.MaxTokens ?? maxTokens.Minimum, request.Fields.MaxTokens, problems);
        if (!problems.Touch(request.Fields.MaxTokens))
        {
            RequestRanges.MinTokens(request.MaxTokens).Check(request.MinTokens, GenerationRequest.MinTokensField, problems);
        }

        SamplingValidator.Validate(request.Sampling, problems);
        SamplingValidator.ValidateTokens(request.Sampling, model.Tokenizer.VocabularySize, problems);
        CheckTexts(request.Stop, "stop", RequestRanges.StopCount, RequestRanges.StopLength, problems);
        CheckTexts(
            request.BadWords, GenerationRequest.BadWordsField, RequestRanges.BadWordCount, RequestRanges.BadWordLength, problems);
        CheckWords(request.BadWords, problems);
        CheckStopTokens(request.StopTokens, problems);
        if (request.TopLogProbabilities is { } top)
        {
            RequestRanges.TopLogProbabilities.Check(top, request.Fields.TopLogProbabilities, problems);
        }

        if (request.PromptLogProbabilities is { } promptTop)
        {
            RequestRanges.TopLogProbabilities.Check(promptTop, GenerationRequest.PromptLogProbabilitiesField, problems);
        }

        CheckChoices(request, problems);
    }

    /// <summary>Notes what is wrong with an encoded prompt by itself, and with the response that it leaves room for.</summary>
    public void ValidatePrompt(GenerationRequest request, IReadOnlyList<int> prompt, ProblemCollection problems)
    {
        (string field, string maxTokens) = (request.Fields.Prompt, request.Fields.MaxTokens);
        Require(prompt.Count > 0, problems, field, "is empty");
        CheckTokens(prompt, model.Tokenizer.VocabularySize, field, problems);
        long response = Least(request);
        if (!problems.Touch(field) && !problems.Touch(maxTokens) && prompt.Count + response > cache.MaxLength)
        {
            string path = prompt.Count + (request.Echo ? 0 : 1) > cache.MaxLength ? field : LengthField(request);
            problems.Add(TooLong(path, "prompt", prompt.Count, response));
        }

        if (request.ListedOfPrompt is not null)
        {
            CheckListing(request, Listed(request, prompt.Count), problems);
        }
    }

    /// <summary>Log-probabilities that an answer lists of its prompt: its own tokens', and the most probable ones.</summary>
    public static long Listed(GenerationRequest request, int prompt) =>
        request.ListedOfPrompt is { } top ? (long)prompt * (top + 1) * request.Choices : 0;

    /// <summary>
    /// How long the responses of a request that has no other problem may be: what it asks for, or, where it does not, what fits.
    /// </summary>
    /// <returns>At most what was asked for; less only with a problem noted.</returns>
    public int ValidateSize(GenerationRequest request, RequestSize size, IReadOnlyList<Guide> guides, ProblemCollection problems)
    {
        int longest = size.Longest(Most(request), limits.MaxForwardTokens, cache);
        if (!size.Fits(Least(request), limits.MaxForwardTokens, cache))
        {
            problems.Add(Blame(request, size, guides, longest));
        }

        return longest;
    }

    /// <summary>Whether responses could be longer than what fits, were it not for the budget of forward tokens.</summary>
    public bool IsShortenedByBudget(GenerationRequest request, RequestSize size, int longest) =>
        longest < Most(request) && size.Rows(longest + 1) > limits.MaxForwardTokens;

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

    /// <summary>The longest response that a request could have, whatever it costs.</summary>
    private int Most(GenerationRequest request) => Math.Min(
        cache.MaxLength, request.MaxTokens ?? Math.Max(request.UsualMaxTokens ?? int.MaxValue, request.MinTokens));

    /// <summary>The response that must fit: all of it where its length is given.</summary>
    private static int Least(GenerationRequest request) => request.MaxTokens ?? Math.Max(request.Echo ? 0 : 1, request.MinTokens);

    /// <summary>The field that asks for that much.</summary>
    private static string LengthField(GenerationRequest request) =>
        request.MaxTokens is null ? GenerationRequest.MinTokensField : request.Fields.MaxTokens;

    private static void CheckTexts(
        IReadOnlyList<string> texts, string path, NumberRange count, NumberRange length, ProblemCollection problems)
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

    /// <summary>What a word is written as begins behind its spaces: of spaces alone nothing is left.</summary>
    private static void CheckWords(IReadOnlyList<string> words, ProblemCollection problems)
    {
        if (problems.Touch(GenerationRequest.BadWordsField))
        {
            return;
        }

        int blank = words.ToList().FindIndex(word => word.Length > 0 && string.IsNullOrWhiteSpace(word));
        Require(blank < 0, problems, $"{GenerationRequest.BadWordsField}[{blank}]", "has only spaces, no word");
    }

    /// <summary>A list for each choice: a body of kilobytes would otherwise have an answer of hundreds of megabytes.</summary>
    private static void CheckListing(GenerationRequest request, long entries, ProblemCollection problems)
    {
        bool apart = request.PromptLogProbabilities is not null;
        string path = apart ? GenerationRequest.PromptLogProbabilitiesField : request.Fields.TopLogProbabilities;
        Require(
            RequestRanges.ListedLogProbabilities.Contains(entries), problems, path,
            $"would list {entries} log-probabilities of the prompt's tokens, at most {RequestRanges.ListedLogProbabilities.Maximum} are "
            + "allowed");
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
        bool valid = RequestRanges.Choices(limits).Check(request.Choices, GenerationRequest.ChoicesField, problems);
        int drawn = request.Alignment.Search?.Draws(request.Choices) ?? request.Choices;
        Require(
            !valid || request.Choices <= drawn || problems.Touch(request.Alignment.Search!.DrawsField),
            problems,
            GenerationRequest.ChoicesField,
            $"{request.Choices} responses cannot be chosen from {drawn} candidates");
    }

    /// <summary>
    /// Names the field without which a request would fit: a contrast prompt that is too long for the context, else the length of the
    /// response, the number of
    /// candidates, the guides, the prompt.
    /// </summary>
    private RequestProblem Blame(GenerationRequest request, RequestSize size, IReadOnlyList<Guide> guides, int longest)
    {
        int response = Least(request);
        int contrast = Longest(guides);
        if (contrast >= 0 && RequestSize.Prefix(guides[contrast], 0) + (long)response > cache.MaxLength)
        {
            return TooLong(GuidanceSource.TextField(contrast), "contrast prompt", RequestSize.Prefix(guides[contrast], 0), response);
        }

        string field = longest > 0 ? LengthField(request)
            : Fits(size with { Candidates = 1 }) ? request.Alignment.Search?.DrawsField ?? GenerationRequest.ChoicesField
            : !Fits(size with { Prefixes = [size.Prefixes[0]], Candidates = 1, OtherModels = 0 }) ? request.Fields.Prompt
            : contrast >= 0 ? GuidanceSource.TextField(contrast) : GuidanceSource.Field;
        string room = longest > 0 ? $", up to {longest} fit" : "";
        return new RequestProblem(
            field, $"{size.Candidates} responses of {response} tokens on {size.TokenRows} paths {Excess(size, response)}{room}");

        bool Fits(RequestSize smaller) => smaller.Fits(1, limits.MaxForwardTokens, cache);
    }

    private string Excess(RequestSize size, int response) => size.Rows(response) > limits.MaxForwardTokens
        ? $"may cost {size.Rows(response)} forward tokens, at most {limits.MaxForwardTokens} are allowed"
        : $"do not fit at once into the cache of {cache.Tokens} tokens";

    /// <summary>Index of the longest contrast prompt; -1 where there is none.</summary>
    private static int Longest(IReadOnlyList<Guide> guides)
    {
        int longest = -1;
        for (int i = 0; i < guides.Count; i++)
        {
            bool isLonger = guides[i] is PromptGuide
                && (longest < 0 || RequestSize.Prefix(guides[i], 0) > RequestSize.Prefix(guides[longest], 0));
            longest = isLonger ? i : longest;
        }

        return longest;
    }

    /// <summary>Tokens beyond the context were not counted: the text was not looked at any further.</summary>
    private RequestProblem TooLong(string path, string what, int tokens, long response) => new(
        path,
        tokens > cache.MaxLength
            ? $"the {what} has more tokens than the context of {cache.MaxLength}"
            : $"the {what} has {tokens} tokens and the response up to {response}: together more than the context of {cache.MaxLength}",
        RequestProblem.ContextLength);

    private static void Require(bool holds, ProblemCollection problems, string path, string message)
    {
        if (!holds)
        {
            problems.Add(new RequestProblem(path, message));
        }
    }
}
