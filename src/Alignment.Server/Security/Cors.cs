using Alignment.Server.Configuration;
using Alignment.Server.Errors;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Net.Http.Headers;

namespace Alignment.Server.Security;

/// <summary>
/// Lets pages of the configured origins use the server from a browser. Cookies and the like are never accepted: who may do what is decided
/// by the key in the header Authorization alone, which a page must know. Without an origin nothing is added to any answer.
/// </summary>
internal static class Cors
{
    private static readonly TimeSpan s_preflight = TimeSpan.FromHours(1);

    /// <summary>Answers preflights, before a key is asked for: browsers send none with them.</summary>
    public static void UseOrigins(this WebApplication app, ServerOptions options)
    {
        if (options.CorsOrigins.Count > 0)
        {
            app.UseCors(policy => Configure(policy, options));
        }
    }

    private static void Configure(CorsPolicyBuilder policy, ServerOptions options) => policy
        .WithOrigins([.. options.CorsOrigins])
        .WithMethods(HttpMethods.Get, HttpMethods.Head, HttpMethods.Post)
        .AllowAnyHeader()
        .WithExposedHeaders(RequestId.Header, HeaderNames.RetryAfter, ErrorAnswer.ShouldRetry)
        .SetPreflightMaxAge(s_preflight);
}
