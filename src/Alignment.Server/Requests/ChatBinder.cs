using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Hosting;
using Alignment.Server.Contracts;

namespace Alignment.Server.Requests;

/// <summary>A chat completion's body to a generation request.</summary>
internal static class ChatBinder
{
    public static GenerationRequest Bind(ChatCompletionRequest body, ServedModel model, ProblemCollection problems)
    {
        ChatPrompt conversation = Conversation.Bind(body.Messages, body.AddGenerationPrompt, body.ContinueFinalMessage, problems);
        GenerationRequest request = GenerationBinder.Bind(body, conversation, model, problems) with
        {
            MaxTokens = body.MaxCompletionTokens ?? body.MaxTokens,
            TopLogProbabilities = body.Logprobs is true ? body.TopLogprobs ?? 0 : null,
            Fields = new RequestFields
            {
                Prompt = Conversation.Field,
                MaxTokens = body.MaxCompletionTokens is null ? "max_tokens" : "max_completion_tokens",
            },
        };
        if (body is { MaxTokens: { } older, MaxCompletionTokens: { } newer } && older != newer)
        {
            problems.Add(new RequestProblem("max_completion_tokens", $"is {newer} and max_tokens {older}: give one, or both the same"));
        }

        if (body.TopLogprobs is not null && body.Logprobs is not true && !problems.Touch("logprobs"))
        {
            problems.Add(new RequestProblem("top_logprobs", "needs logprobs: true"));
        }

        return GenerationBinder.CheckPolicy(request, model, problems);
    }
}
