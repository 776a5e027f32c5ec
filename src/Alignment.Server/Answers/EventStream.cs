using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Alignment.Server.Configuration;
using Alignment.Server.Contracts;
using Alignment.Server.Contracts.Errors;
using Alignment.Server.Errors;
using Microsoft.Extensions.Options;

namespace Alignment.Server.Answers;

/// <summary>Writes chunks as server-sent events. While nothing comes it writes comments, so that no proxy thinks the connection dead.</summary>
internal sealed partial class EventStream(IOptions<ServerOptions> options, TimeProvider time, ILogger<EventStream> log)
{
    /// <summary>A fault before the first byte is thrown; a later one becomes the last event.</summary>
    public async Task WriteAsync<T>(HttpContext context, IAsyncEnumerable<T> chunks)
        where T : class
    {
        await using IAsyncEnumerator<T> enumerator = chunks.GetAsyncEnumerator(context.RequestAborted);
        HttpResponse response = context.Response;
        try
        {
            while (await NextAsync(enumerator, response))
            {
                Begin(response);
                await WriteEventAsync(response, enumerator.Current);
            }

            Begin(response);
            await WriteAsync(response, "data: [DONE]\n\n"u8);
        }
#pragma warning disable CA1031 // The status is already sent: the stream itself must say that it broke.
        catch (Exception fault) when (response.HasStarted && !context.RequestAborted.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogFault(context.TraceIdentifier, fault);
            await WriteEventAsync(response, new ErrorResponse(ErrorMapping.Map(fault, context.TraceIdentifier).Error));
        }
    }

    private async Task<bool> NextAsync<T>(IAsyncEnumerator<T> enumerator, HttpResponse response)
    {
        // The wait ends by itself when the client goes away: the enumerator has the request's token.
        Task<bool> next = enumerator.MoveNextAsync().AsTask();
        while (true)
        {
            try
            {
                return await next.WaitAsync(options.Value.KeepAliveInterval, time);
            }
            catch (TimeoutException) when (!next.IsCompleted)
            {
                Begin(response);
                await WriteAsync(response, ": keep-alive\n\n"u8);
            }
        }
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

    private static ValueTask<FlushResult> WriteAsync(HttpResponse response, ReadOnlySpan<byte> bytes)
    {
        response.BodyWriter.Write(bytes);
        return response.BodyWriter.FlushAsync(response.HttpContext.RequestAborted);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The stream of request {RequestId} broke.")]
    private partial void LogFault(string requestId, Exception fault);
}
