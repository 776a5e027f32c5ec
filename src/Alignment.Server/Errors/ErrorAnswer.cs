using System.Globalization;
using System.Text.Json;
using Alignment.Server.Contracts;

namespace Alignment.Server.Errors;

/// <summary>Writes an error in OpenAI's shape.</summary>
internal static class ErrorAnswer
{
    public const string ContentType = "application/json";

    /// <summary>Tells OpenAI's clients whether to send a request again.</summary>
    public const string ShouldRetry = "x-should-retry";

    public static async Task WriteAsync(HttpResponse response, ApiException fault)
    {
        response.StatusCode = fault.Status;
        response.ContentType = ContentType;
        if (fault.RetryAfter is { } delay)
        {
            // Clients obey whole seconds from 1 on.
            response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(delay.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }
        else if (fault.Status >= StatusCodes.Status500InternalServerError)
        {
            // What failed once fails again: a retry would only double the load.
            response.Headers[ShouldRetry] = "false";
        }

        byte[] body = Serialize(fault.Error);
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body);
    }

    public static byte[] Serialize(ErrorBody error)
        => JsonSerializer.SerializeToUtf8Bytes(new ErrorResponse(error), ServerJson.Wire.ErrorResponse);
}
