using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Hosting;
using Alignment.Server.Answers;
using Alignment.Server.Answers.Chat;
using Alignment.Server.Contracts;
using Alignment.Server.Feedback;
using Alignment.Server.Generation;
using Alignment.Server.Requests;
using Alignment.Server.Security;

namespace Alignment.Server.Endpoints;

/// <summary>POST /v1/chat/completions.</summary>
internal sealed class ChatCompletionsEndpoint(
    ModelCatalog catalog,
    BodyReader reader,
    GenerationRunner runner,
    CompletionRecorder recorder,
    EventStream stream,
    TimeProvider time)
{
    public async Task HandleAsync(HttpContext context)
    {
        var problems = new ProblemCollection();
        ChatCompletionRequest body = await reader.ReadAsync(context.Request, ServerJson.Wire.ChatCompletionRequest, problems);
        ServedModel model = catalog.Find(body.Model, problems);
        GenerationRequest request = ChatBinder.Bind(body, model, problems) with { CacheSalt = ApiKeyMiddleware.CachePartition(context) };
        AnswerHeader header = AnswerHeader.Create("chatcmpl", model.Id, time);
        IAsyncEnumerable<GenerationEvent> events = recorder.Watch(
            runner.Run(model, [request], problems, context.RequestAborted), header, request, ApiKeyMiddleware.Tenant(context));
        bool withLogprobs = request.TopLogProbabilities is not null;
        if (body.Stream is true)
        {
            var chunks = new ChatStream(header, request.Choices, withLogprobs, body.StreamOptions?.IncludeUsage is true);
            await stream.WriteAsync(context, chunks.ChunksAsync(events));
        }
        else
        {
            ChatCompletion answer = ChatAnswer.From(await CollectedAnswer.ReadAsync(events), header, withLogprobs);
            await context.Response.WriteAsJsonAsync(answer, ServerJson.Wire.ChatCompletion, cancellationToken: context.RequestAborted);
        }
    }
}
