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
        Prompt prompt = Bind(body, problems);
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
        if (body.Tokens is null && !problems.Touch("tokens"))
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

    /// <summary>Either of the two; what is wrong with both, or with none, is told once.</summary>
    private static Prompt Bind(TokenizeRequest body, ProblemCollection problems)
    {
        if (body is { Prompt: null, Messages: not null })
        {
            return Conversation.Bind(body.Messages, body.AddGenerationPrompt, body.ContinueFinalMessage, problems);
        }

        (string Field, string Message)? wrong = body switch
        {
            { Prompt: null } => ("prompt", "is required, or messages"),
            { Messages: not null } => ("prompt", "and messages exclude each other"),
            { AddGenerationPrompt: not null } or { ContinueFinalMessage: not null } =>
                ("messages", "are required with add_generation_prompt and continue_final_message"),
            _ => null,
        };
        if (wrong is { } problem && !problems.Touch("prompt") && !problems.Touch(Conversation.Field))
        {
            problems.Add(new RequestProblem(problem.Field, problem.Message));
        }

        return new TextPrompt(body.Prompt ?? "");
    }
}
