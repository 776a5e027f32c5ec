using Alignment.Decoding.Problems;

namespace Alignment.Server.Errors;

/// <summary>Gives every request an id, and every failure OpenAI's shape.</summary>
internal sealed partial class ErrorMiddleware(RequestDelegate next, ILogger<ErrorMiddleware> log)
{
    private const int MaxShown = 100;

    public async Task InvokeAsync(HttpContext context)
    {
        context.TraceIdentifier = RequestId.From(context.Request.Headers[RequestId.Header]);
        context.Response.Headers[RequestId.Header] = context.TraceIdentifier;
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
            await AnswerFaultAsync(context, fault);
        }
    }

    private Task AnswerFaultAsync(HttpContext context, Exception fault)
    {
        ApiException mapped = ErrorMapping.Map(fault, context.TraceIdentifier);
        if (mapped.Status >= StatusCodes.Status500InternalServerError && fault is not ApiException)
        {
            LogFault(context.TraceIdentifier, fault);
        }

        return ErrorAnswer.WriteAsync(context.Response, mapped);
    }

    /// <summary>
    /// Routing answers with a status alone where there is no such path or method. Which methods a path has is no error to ask.
    /// </summary>
    private static Task AnswerBareStatusAsync(HttpContext context)
    {
        HttpResponse response = context.Response;
        if (response.StatusCode == StatusCodes.Status405MethodNotAllowed && HttpMethods.IsOptions(context.Request.Method))
        {
            response.StatusCode = StatusCodes.Status204NoContent;
        }

        bool isBare = response.StatusCode >= StatusCodes.Status400BadRequest && !response.HasStarted && response.ContentType is null;
        string message = response.StatusCode == StatusCodes.Status415UnsupportedMediaType
            ? "The header Content-Type: application/json is required."
            : $"{Excerpt.Of($"{context.Request.Method} {context.Request.Path}", MaxShown)}: see /swagger for what exists.";
        return isBare ? ErrorAnswer.WriteAsync(response, ApiException.Invalid(response.StatusCode, message)) : Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {RequestId} failed.")]
    private partial void LogFault(string requestId, Exception fault);
}
