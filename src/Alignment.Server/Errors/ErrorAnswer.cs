using System.Globalization;
using System.Text.Json;
using Alignment.Server.Contracts;
using Alignment.Server.Contracts.Errors;

namespace Alignment.Server.Errors;

/// <summary>Writes an error in OpenAI's shape.</summary>
internal static class ErrorAnswer
{
    public static async Task WriteAsync(HttpResponse response, ApiException fault)
    {
        response.StatusCode = fault.Status;
        response.ContentType = "application/json";
        if (fault.RetryAfter is { } delay)
        {
            // Clients obey whole seconds from 1 on.
            response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(delay.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }
        else if (fault.Status >= StatusCodes.Status500InternalServerError)
        {
            // What failed once fails again: a retry would only double the load.
            response.Headers["x-should-retry"] = "false";
        }

        await JsonSerializer.SerializeAsync(response.Body, new ErrorResponse(fault.Error), ServerJson.Wire.ErrorResponse);
    }
}
