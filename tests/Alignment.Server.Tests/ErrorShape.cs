using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Alignment.Server.Tests;

/// <summary>What every answer that is not a success must be.</summary>
internal static class ErrorShape
{
    private const int MaxBytes = 4096;
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Four fields, 4 KB of valid UTF-8, an id; returns the error.</summary>
    public static async Task<JsonObject> OfAsync(HttpResponseMessage response)
    {
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        Assert.NotEmpty(response.Headers.GetValues("x-request-id").Single());
        return Of(body, response.StatusCode);
    }

    /// <summary>The same of a body.</summary>
    public static JsonObject Of(byte[] body, HttpStatusCode status)
    {
        string text = s_strict.GetString(body);
        Assert.InRange((int)status, 400, 499);
        Assert.InRange(body.Length, 1, MaxBytes);
        JsonObject error = JsonNode.Parse(text)!["error"]!.AsObject();
        Assert.Equal(["code", "message", "param", "type"], error.Select(field => field.Key).Order(StringComparer.Ordinal));
        return error;
    }
}
