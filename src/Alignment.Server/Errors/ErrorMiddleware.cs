namespace Alignment.Server.Errors;

/// <summary>Gives every request an id, and every failure OpenAI's shape.</summary>
internal sealed partial class ErrorMiddleware(RequestDelegate next, ILogger<ErrorMiddleware> log)
{
    private const string Header = "x-request-id";
    private const int MaxIdLength = 128;

    public async Task InvokeAsync(HttpContext context)
    {
        context.TraceIdentifier = RequestId(context.Request.Headers[Header]);
        context.Response.Headers[Header] = context.TraceIdentifier;
        try
        {
            await next(context);
            await AnswerBareStatusAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to read an answer; the status is for our own counters, and a stream has already sent one.
            if (!context.Response.HasStarted)
            {
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            }
        }
#pragma warning disable CA1031 // The last place where a fault can become an answer.
        catch (Exception fault) when (!context.Response.HasStarted)
#pragma warning restore CA1031
        {
            ApiException mapped = ErrorMapping.Map(fault, context.TraceIdentifier);
            if (mapped.Status >= StatusCodes.Status500InternalServerError && fault is not ApiException)
            {
                LogFault(context.TraceIdentifier, fault);
            }

            await ErrorAnswer.WriteAsync(context.Response, mapped);
        }
    }

    /// <summary>Routing answers with a status alone where there is no such path or method.</summary>
    private static Task AnswerBareStatusAsync(HttpContext context)
    {
        HttpResponse response = context.Response;
        bool isBare = response.StatusCode >= StatusCodes.Status400BadRequest && !response.HasStarted && response.ContentType is null;
        string message = response.StatusCode == StatusCodes.Status415UnsupportedMediaType
            ? "The header Content-Type: application/json is required."
            : $"{context.Request.Method} {context.Request.Path}: see /swagger for what exists.";
        return isBare ? ErrorAnswer.WriteAsync(response, ApiException.Invalid(response.StatusCode, message)) : Task.CompletedTask;
    }

    /// <summary>The client's own id where it is short and printable, else a new one.</summary>
    private static string RequestId(string? given)
        => given is { Length: > 0 and <= MaxIdLength } && given.All(c => c is > ' ' and <= '~') ? given : $"req_{Guid.NewGuid():N}";

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {RequestId} failed.")]
    private partial void LogFault(string requestId, Exception fault);
}
