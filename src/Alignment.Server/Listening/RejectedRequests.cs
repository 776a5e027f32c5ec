using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Alignment.Server.Contracts;
using Alignment.Server.Errors;
using Alignment.Server.Metrics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.WebUtilities;

namespace Alignment.Server.Listening;

/// <summary>
/// Kestrel itself answers what it cannot read as a request (400, 408, 414, 431, 505): a status without a body, before any middleware runs.
/// Here such answers get OpenAI's shape and an id on their way out, and are counted. Three cases stay as they are: over TLS this stands
/// outside the encryption; a client that speaks HTTP/2 without being asked to gets that protocol's own refusal; a client beyond the most
/// connections, or one that never sends a byte, is cut off without any answer.
/// </summary>
internal sealed class RejectedRequests(ServerMetrics metrics)
{
    private const string EmptyBody = "Content-Length: 0\r\n";

    /// <summary>How requests without a route are counted.</summary>
    private const string Endpoint = "rejected";

    /// <summary>Stands before every address that the server will listen on.</summary>
    public static void Add(WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<RejectedRequests>();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.ConfigureEndpointDefaults(kestrel.ApplicationServices.GetRequiredService<RejectedRequests>().Use));
    }

    /// <summary>Watches the answers of every connection of an endpoint.</summary>
    private void Use(ListenOptions listen) => listen.Use(next => connection =>
    {
        connection.Transport = new Watched(connection.Transport.Input, new RejectionWriter(connection.Transport.Output, Complete));
        return next(connection);
    });

    /// <summary>
    /// The whole answer in place of an empty one; null where it is not Kestrel's own: those of the application all have an id.
    /// </summary>
    /// <param name="answer">The head of an answer, up to the blank line.</param>
    private byte[]? Complete(ReadOnlySpan<byte> answer)
    {
        string head = Encoding.ASCII.GetString(answer);
        if (!head.Contains(EmptyBody, StringComparison.Ordinal) || head.Contains(RequestId.Header, StringComparison.OrdinalIgnoreCase)
            || !int.TryParse(head.AsSpan("HTTP/1.1 ".Length, 3), NumberStyles.None, CultureInfo.InvariantCulture, out int status))
        {
            return null;
        }

        metrics.CountRequest(Endpoint, status);
        byte[] body = ErrorAnswer.Serialize(new ErrorBody(Describe(status), ApiException.InvalidRequest, null, null));
        string type = $"Content-Type: {ErrorAnswer.ContentType}\r\nContent-Length: {body.Length}\r\n";
        string fields = $"{type}{RequestId.Header}: {RequestId.New()}\r\n";
        return [.. Encoding.ASCII.GetBytes(head.Replace(EmptyBody, fields, StringComparison.Ordinal)), .. body];
    }

    private static string Describe(int status) => status switch
    {
        StatusCodes.Status400BadRequest => "The request line or a header is not well-formed HTTP/1.1.",
        StatusCodes.Status408RequestTimeout => "The headers did not arrive in time.",
        StatusCodes.Status414UriTooLong => "The request line is too long.",
        StatusCodes.Status431RequestHeaderFieldsTooLarge => "The headers are too large or too many.",
        StatusCodes.Status505HttpVersionNotsupported => "Only HTTP/1.0 and HTTP/1.1 are supported.",
        _ => $"{ReasonPhrases.GetReasonPhrase(status)}.",
    };

    private sealed record Watched(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
