using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Alignment.Decoding;
using Alignment.Server.Contracts;
using Alignment.Server.Requests.Fields;

namespace Alignment.Server.Requests;

/// <summary>Reads a body into its contract and notes every field of the wrong type, not only the first, and every field that is not ours.</summary>
internal sealed class BodyReader
{
    private readonly JsonDocumentOptions _document = new() { MaxDepth = ServerJson.Wire.Options.MaxDepth, AllowDuplicateProperties = false };

    /// <exception cref="JsonException">The body is no JSON object.</exception>
    public async Task<T> ReadAsync<T>(HttpRequest request, JsonTypeInfo<T> type, ProblemCollection problems)
        where T : class
    {
        JsonNode? parsed = await JsonNode.ParseAsync(request.Body, null, _document, request.HttpContext.RequestAborted);
        JsonObject body = parsed as JsonObject ?? throw new JsonException("an object is expected.");
        FieldCheck.Check(body, type, problems);
        return Bind(body, type, problems);
    }

    /// <summary>The serializer stops at the first fault: each turn drops the field that it names, so there are at most as many turns as fields in the contract.</summary>
    private static T Bind<T>(JsonObject body, JsonTypeInfo<T> type, ProblemCollection problems)
    {
        while (true)
        {
            try
            {
                return body.Deserialize(type)!;
            }
            catch (JsonException fault) when (TopLevelField(fault.Path) is { } field && body.ContainsKey(field))
            {
                problems.Add(new RequestProblem(fault.Path![2..], Describe(fault, field, type)));
                body.Remove(field);
            }
        }
    }

    /// <summary>temperature in <c>$.temperature</c>, messages in <c>$.messages[0].role</c>.</summary>
    private static string? TopLevelField(string? path)
        => path is not null && path.StartsWith("$.", StringComparison.Ordinal) ? path[2..].Split('.', '[')[0] : null;

    private static string Describe(JsonException fault, string field, JsonTypeInfo type)
    {
        if (fault is ContractException)
        {
            return fault.Message;
        }

        Type? expected = fault.Path!.Length == field.Length + 2 ? type.Properties.FirstOrDefault(p => p.Name == field)?.PropertyType : null;
        return (expected is null ? null : Nullable.GetUnderlyingType(expected) ?? expected) switch
        {
            { } t when t == typeof(float) => "must be a number",
            { } t when t == typeof(int) || t == typeof(long) => "must be an integer",
            { } t when t == typeof(bool) => "must be true or false",
            { } t when t == typeof(string) => "must be a string",
            _ => "has the wrong type",
        };
    }
}
