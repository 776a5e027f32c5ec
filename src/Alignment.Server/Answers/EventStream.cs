using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using Alignment.Server.Configuration;
using Alignment.Server.Contracts;
using Alignment.Server.Errors;
using Alignment.Server.Metrics;
using Alignment.Server.Shutdown;
using Microsoft.Extensions.Options;

namespace Alignment.Server.Answers;

/// <summary>
/// Writes chunks as server-sent events. While nothing comes it writes comments, so that no proxy thinks the connection dead; while nobody
/// reads it waits, but not for ever: then the generation is ended, and what it held is free.
/// </summary>
internal sealed partial class EventStream(
    IOptions<ServerOptions> options, TimeProvider time, Drain drain, ServerMetrics metrics, ILogger<EventStream> log)
{
    /// <summary>OpenAI has no word for it.</summary>
    public const string SlowReader = "slow_reader";

    /// <summary>
    /// A fault before the first byte is thrown; a later one becomes an event. Whatever happens, [DONE] is the last. Who does not take the
    /// last words soon is disconnected.
    /// </summary>
    public async Task WriteAsync<T>(HttpContext context, IAsyncEnumerable<T> chunks)
        where T : class
    {
        HttpResponse response = context.Response;
        var wait = new ReaderWait(options.Value.ReaderTimeout, time);
        try
        {
            await WriteChunksAsync(response, chunks, wait);
        }
#pragma warning disable CA1031 // The status is already sent: the stream itself must say that it broke.
        catch (Exception fault) when (response.HasStarted && !HasLeft(context))
#pragma warning restore CA1031
        {
            Put(response, new ErrorResponse(Describe(fault, context.TraceIdentifier).Error));
        }

        response.BodyWriter.Write("data: [DONE]\n\n"u8);
        if (!await wait.TryAsync(FlushAsync(response), atLeast: Drain.Grace))
        {
            context.Abort();
        }
    }

    /// <summary>Whether nobody reads any more; a request that is cut short is cancelled too, but its client is there.</summary>
    private bool HasLeft(HttpContext context) => context.RequestAborted.IsCancellationRequested && !drain.Cut.IsCancellationRequested;

    /// <summary>What the client is told; the log and the counters are told too.</summary>
    private ApiException Describe(Exception fault, string requestId)
    {
        if (drain.Cut.IsCancellationRequested && fault is OperationCanceledException)
        {
            return Drain.Refusal;
        }

        if (fault is ApiException { Error.Code: SlowReader } slow)
        {
            metrics.CountSlowReader();
            LogSlowReader(requestId, options.Value.ReaderTimeout);
            return slow;
        }

        LogFault(requestId, fault);
        return ErrorMapping.Map(fault, requestId);
    }

    private async Task WriteChunksAsync<T>(HttpResponse response, IAsyncEnumerable<T> chunks, ReaderWait wait)
        where T : class
    {
        await using var enumerator = new PatientEnumerator<T>(chunks, response.HttpContext.RequestAborted);
        while (await enumerator.TryMoveNextAsync(options.Value.KeepAliveInterval, time) is var more && more is not false)
        {
            Begin(response);
            if (more is true)
            {
                Put(response, enumerator.Current);
            }
            else
            {
                response.BodyWriter.Write(": keep-alive\n\n"u8);
            }

            if (!await wait.TryAsync(FlushAsync(response)))
            {
                throw TooSlow();
            }
        }

        Begin(response);
    }

    private ApiException TooSlow()
    {
        string waited = options.Value.ReaderTimeout.ToString("g", CultureInfo.InvariantCulture);
        return ApiException.Invalid(
            StatusCodes.Status408RequestTimeout,
            $"The stream has waited for its client to read for longer than the server allows ({waited}), and was ended.",
            code: SlowReader);
    }

    private static void Begin(HttpResponse response)
    {
        if (!response.HasStarted)
        {
            response.ContentType = "text/event-stream";
            response.Headers.CacheControl = "no-cache";
            response.Headers["X-Accel-Buffering"] = "no";
        }
    }

    private static void Put(HttpResponse response, object value)
    {
        response.BodyWriter.Write("data: "u8);
        using (var json = new Utf8JsonWriter(response.BodyWriter, new JsonWriterOptions { Encoder = ServerJson.Encoder }))
        {
            // By the value's own type: a chunk with usage is a kind of chunk.
            JsonSerializer.Serialize(json, value, value.GetType(), ServerJson.Wire);
        }

        response.BodyWriter.Write("\n\n"u8);
    }

    /// <summary>
    /// Without the request's token: half an event must not be left in a stream that is cut short. Once the client has left it does nothing.
    /// </summary>
    private static ValueTask<FlushResult> FlushAsync(HttpResponse response) => response.BodyWriter.FlushAsync(CancellationToken.None);

    [LoggerMessage(Level = LogLevel.Error, Message = "The stream of request {RequestId} broke.")]
    private partial void LogFault(string requestId, Exception fault);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "The stream of request {RequestId} was ended: its client did not read for {Limit} altogether (Server:ReaderTimeout).")]
    private partial void LogSlowReader(string requestId, TimeSpan limit);
}
