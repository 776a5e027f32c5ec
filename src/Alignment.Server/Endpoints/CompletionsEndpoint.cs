using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Hosting;
using Alignment.Server.Answers;
using Alignment.Server.Answers.Completions;
using Alignment.Server.Configuration;
using Alignment.Server.Contracts;
using Alignment.Server.Generation;
using Alignment.Server.Requests;
using Alignment.Server.Security;
using Microsoft.Extensions.Options;

namespace Alignment.Server.Endpoints;

/// <summary>POST /v1/completions.</summary>
internal sealed class CompletionsEndpoint(
    ModelCatalog catalog,
    BodyReader reader,
    GenerationRunner runner,
    EventStream stream,
    IOptions<ServerOptions> options,
    TimeProvider time)
{
    public async Task HandleAsync(HttpContext context)
    {
        var problems = new ProblemCollection();
        CompletionRequest body = await reader.ReadAsync(context.Request, ServerJson.Wire.CompletionRequest, problems);
        ServedModel model = catalog.Find(body.Model, problems);
        string? salt = ApiKeyMiddleware.CachePartition(context);
        GenerationRequest[] requests =
        [
            .. CompletionBinder.Bind(body, model, options.Value.MaxPrompts, problems).Select(r => r with { CacheSalt = salt }),
        ];
        IAsyncEnumerable<GenerationEvent> events = runner.Run(model, requests, problems, context.RequestAborted);
        AnswerHeader header = AnswerHeader.Create("cmpl", model.Id, time);
        bool withLogprobs = body.Logprobs is not null;
        if (body.Stream is true)
        {
            var chunks = new CompletionStream(header, withLogprobs, body.StreamOptions?.IncludeUsage is true);
            await stream.WriteAsync(context, chunks.ChunksAsync(events));
        }
        else
        {
            MeteredTextCompletion answer = CompletionAnswer.From(await CollectedAnswer.ReadAsync(events), header, withLogprobs);
            await context.Response.WriteAsJsonAsync(
                answer, ServerJson.Wire.MeteredTextCompletion, cancellationToken: context.RequestAborted);
        }
    }
}
