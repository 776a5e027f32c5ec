using Alignment.Decoding;
using Alignment.Decoding.Text;
using Alignment.Hosting;
using Alignment.Server.Contracts.Completions;

namespace Alignment.Server.Requests;

/// <summary>A completion's body to one generation request for each prompt.</summary>
internal static class CompletionBinder
{
    private const int DefaultMaxTokens = 16;
    private const int MaxLogprobs = 5;

    public static IReadOnlyList<GenerationRequest> Bind(CompletionRequest body, ServedModel model, int maxPrompts, ProblemCollection problems)
    {
        IReadOnlyList<Prompt> prompts = body.Prompt ?? [];
        if (prompts.Count == 0 || prompts.Count > maxPrompts)
        {
            problems.Add(new RequestProblem("prompt", $"is required: 1 to {maxPrompts} prompts"));
        }

        GenerationRequest first = GenerationBinder.Bind(body, prompts.Count > 0 ? prompts[0] : new TextPrompt(""), model, problems) with
        {
            MaxTokens = body.MaxTokens ?? DefaultMaxTokens,
            TopLogProbabilities = body.Logprobs,
            Echo = body.Echo ?? false,
        };
        Check(body, first, prompts.Count, problems);
        return [first, .. prompts.Skip(1).Take(maxPrompts - 1).Select(prompt => first with { Prompt = prompt })];
    }

    private static void Check(CompletionRequest body, GenerationRequest request, int prompts, ProblemCollection problems)
    {
        if (body.Logprobs is < 0 or > MaxLogprobs)
        {
            problems.Add(new RequestProblem("logprobs", $"must be between 0 and {MaxLogprobs}"));
        }

        if (body.BestOf is { } bestOf && bestOf != 1 && bestOf != request.Choices)
        {
            problems.Add(new RequestProblem("best_of", "must equal n: likelihood is a poor judge; rank by reward with alignment.search {\"method\": \"best_of_n\"}"));
        }

        if (!string.IsNullOrEmpty(body.Suffix))
        {
            problems.Add(new RequestProblem("suffix", "insertion is not supported"));
        }

        if (prompts > 1 && request.Alignment.Report)
        {
            problems.Add(new RequestProblem("alignment.report", "needs a single prompt"));
        }
    }
}
