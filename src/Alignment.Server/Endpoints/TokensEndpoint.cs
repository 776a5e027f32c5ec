using Alignment.Decoding;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Hosting;
using Alignment.Server.Contracts;
using Alignment.Server.Requests;

namespace Alignment.Server.Endpoints;

/// <summary>POST /tokenize and /detokenize.</summary>
internal sealed class TokensEndpoint(ModelCatalog catalog, BodyReader reader)
{
    public async Task TokenizeAsync(HttpContext context)
    {
        var problems = new ProblemCollection();
        TokenizeRequest body = await reader.ReadAsync(context.Request, ServerJson.Wire.TokenizeRequest, problems);
        ServedModel model = catalog.Find(body.Model, problems);
        if (body.Prompt is null == body.Messages is null && problems.Count == 0)
        {
            problems.Add(new RequestProblem("prompt", "either prompt or messages is required"));
        }

        if (body.Messages is null && (body.AddGenerationPrompt ?? body.ContinueFinalMessage) is not null
            && !problems.Touch(Conversation.Field))
        {
            problems.Add(new RequestProblem("messages", "are required with add_generation_prompt and continue_final_message"));
        }

        Prompt prompt = body.Messages is null
            ? new TextPrompt(body.Prompt ?? "")
            : Conversation.Bind(body.Messages, body.AddGenerationPrompt, body.ContinueFinalMessage, problems);
        InvalidRequestException.ThrowIfAny(problems);
        IReadOnlyList<int> tokens = model.Generator.Encode(prompt, context.RequestAborted);
        await context.Response.WriteAsJsonAsync(
            new TokenizeAnswer(tokens.Count, model.ContextLength, tokens), ServerJson.Wire.TokenizeAnswer);
    }

    public async Task DetokenizeAsync(HttpContext context)
    {
        var problems = new ProblemCollection();
        DetokenizeRequest body = await reader.ReadAsync(context.Request, ServerJson.Wire.DetokenizeRequest, problems);
        ServedModel model = catalog.Find(body.Model, problems);
        if (body.Tokens is null && problems.Count == 0)
        {
            problems.Add(new RequestProblem("tokens", "is required"));
        }
        else if (body.Tokens?.Count > model.ContextLength)
        {
            int most = model.ContextLength;
            problems.Add(new RequestProblem("tokens", $"has {body.Tokens.Count} ids; at most {most}, the model's context, are allowed"));
        }

        InvalidRequestException.ThrowIfAny(problems);
        await context.Response.WriteAsJsonAsync(
            new DetokenizeAnswer(model.Generator.Decode(body.Tokens!)), ServerJson.Wire.DetokenizeAnswer);
    }
}
