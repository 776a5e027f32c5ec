using Alignment.Feedback.Records;
using Alignment.Server.Contracts;
using Alignment.Server.Errors;

namespace Alignment.Server.Security;

/// <summary>Where keys are configured, refuses every request without one but health checks and the documentation.</summary>
internal sealed class ApiKeyMiddleware(RequestDelegate next, ApiKeys keys)
{
    private const string Scheme = "Bearer ";
    private static readonly object s_partition = new();

    /// <summary>Which part of the prefix cache a request may share; null where no key is asked for.</summary>
    public static string? CachePartition(HttpContext context) => (string?)context.Items[s_partition];

    /// <summary>Whose answers and feedback a request's are.</summary>
    public static string Tenant(HttpContext context) => CachePartition(context) ?? Tenants.Anonymous;

    public Task InvokeAsync(HttpContext context)
    {
        if (keys.AreRequired && !IsOpen(context.Request.Path))
        {
            string? header = context.Request.Headers.Authorization;
            context.Items[s_partition] = header is not null
                && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
                && keys.Find(header[Scheme.Length..].Trim()) is { } name
                ? name
                : throw new ApiException(
                    StatusCodes.Status401Unauthorized, new ErrorBody(
                        "A valid key is required: Authorization: Bearer KEY.", "authentication_error", null, "invalid_api_key"));
        }

        return next(context);
    }

    private static bool IsOpen(PathString path) => path == "/health" || path == "/" || path.StartsWithSegments("/swagger");
}
