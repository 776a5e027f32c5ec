using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Alignment.Server.Configuration;
using Alignment.Server.Contracts;
using Alignment.Server.Errors;
using Alignment.Server.Shutdown;
using Microsoft.Extensions.Options;

namespace Alignment.Server.Answers;

/// <summary>
/// Writes chunks as server-sent events. While nothing comes it writes comments, so that no proxy thinks the connection dead.
/// </summary>
internal sealed partial class EventStream(
    IOptions<ServerOptions> options, TimeProvider time, Drain drain, ILogger<EventStream> log)
{
    /// <summary>A fault before the first byte is thrown; a later one becomes an event. Whatever happens, [DONE] is the last.</summary>
    public async Task WriteAsync<T>(HttpContext context, IAsyncEnumerable<T> chunks)
        where T : class
    {
        HttpResponse response = context.Response;
        try
        {
            await WriteChunksAsync(response, chunks);
        }
#pragma warning disable CA1031 // The status is already sent: the stream itself must say that it broke.
        catch (Exception fault) when (response.HasStarted && !HasLeft(context))
#pragma warning restore CA1031
        {
            bool isCut = drain.Cut.IsCancellationRequested && fault is OperationCanceledException;
            if (!isCut)
            {
                LogFault(context.TraceIdentifier, fault);
            }

            ApiException error = isCut ? Drain.Refusal : ErrorMapping.Map(fault, context.TraceIdentifier);
            await WriteEventAsync(response, new ErrorResponse(error.Error));
        }

        await WriteAsync(response, "data: [DONE]\n\n"u8);
    }

    /// <summary>Whether nobody reads any more; a request that is cut short is cancelled too, but its client is there.</summary>
    private bool HasLeft(HttpContext context) => context.RequestAborted.IsCancellationRequested && !drain.Cut.IsCancellationRequested;

    private async Task WriteChunksAsync<T>(HttpResponse response, IAsyncEnumerable<T> chunks)
        where T : class
    {
        await using var enumerator = new PatientEnumerator<T>(chunks, response.HttpContext.RequestAborted);
        while (await enumerator.TryMoveNextAsync(options.Value.KeepAliveInterval, time) is var more && more is not false)
        {
            Begin(response);
            if (more is true)
            {
                await WriteEventAsync(response, enumerator.Current);
            }
            else
            {
                await WriteAsync(response, ": keep-alive\n\n"u8);
            }
        }

        Begin(response);
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

    private static async Task WriteEventAsync(HttpResponse response, object value)
    {
        response.BodyWriter.Write("data: "u8);
        await using (var json = new Utf8JsonWriter(response.BodyWriter, new JsonWriterOptions { Encoder = ServerJson.Encoder }))
        {
            // By the value's own type: a chunk with usage is a kind of chunk.
            JsonSerializer.Serialize(json, value, value.GetType(), ServerJson.Wire);
        }

        await WriteAsync(response, "\n\n"u8);
    }

    /// <summary>
    /// Without the request's token: half an event must not be left in a stream that is cut short. Once the client has left it does nothing.
    /// </summary>
    private static ValueTask<FlushResult> WriteAsync(HttpResponse response, ReadOnlySpan<byte> bytes)
    {
        response.BodyWriter.Write(bytes);
        return response.BodyWriter.FlushAsync(CancellationToken.None);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The stream of request {RequestId} broke.")]
    private partial void LogFault(string requestId, Exception fault);
}
