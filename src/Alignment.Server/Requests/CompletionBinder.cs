using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Hosting;
using Alignment.Server.Contracts;

namespace Alignment.Server.Requests;

/// <summary>A completion's body to one generation request for each prompt.</summary>
internal static class CompletionBinder
{
    private const int UsualMaxTokens = 16;
    private const string Field = "prompt";

    public static IReadOnlyList<GenerationRequest> Bind(
        CompletionRequest body, ServedModel model, int maxPrompts, ProblemCollection problems)
    {
        IReadOnlyList<Prompt> prompts = body.Prompt ?? [];
        if ((prompts.Count == 0 || prompts.Count > maxPrompts) && !problems.Touch(Field))
        {
            problems.Add(
                new RequestProblem(
                    Field,
                    prompts.Count == 0 ? $"is required: 1 to {maxPrompts} prompts" : $"has {prompts.Count} prompts, at most {maxPrompts}"));
        }

        GenerationRequest first = GenerationBinder.Bind(body, prompts.Count > 0 ? prompts[0] : new TextPrompt(""), model, problems) with
        {
            UsualMaxTokens = UsualMaxTokens,
            TopLogProbabilities = Logprobs(body, problems),
            Echo = body.Echo ?? false,
            Fields = new RequestFields { Prompt = Field, TopLogProbabilities = "logprobs" },
        };
        GenerationBinder.CheckPolicy(first, model, problems);
        Check(body, first, prompts.Count, problems);
        return prompts.Count <= 1 ? [first] : [.. prompts.Take(maxPrompts).Select((prompt, i) => Numbered(first, prompt, i))];
    }

    private static GenerationRequest Numbered(GenerationRequest first, Prompt prompt, int index)
        => first with { Prompt = prompt, Fields = first.Fields with { Prompt = $"{Field}[{index}]" } };

    /// <summary>None where the number is out of range: that is all there is to say about it.</summary>
    private static int? Logprobs(CompletionRequest body, ProblemCollection problems)
        => body.Logprobs is { } given && RequestRanges.CompletionLogProbabilities.Check(given, "logprobs", problems) ? given : null;

    private static void Check(CompletionRequest body, GenerationRequest request, int prompts, ProblemCollection problems)
    {
        if (body.BestOf is { } bestOf && bestOf != 1 && bestOf != request.Choices && !problems.Touch("n"))
        {
            problems.Add(
                new RequestProblem(
                    "best_of",
                    "must equal n: likelihood is a poor judge; rank by reward with alignment.search {\"method\": \"best_of_n\"}"));
        }

        if (prompts > 1 && request.Alignment.Report)
        {
            problems.Add(new RequestProblem("alignment.report", "needs a single prompt"));
        }
    }
}
