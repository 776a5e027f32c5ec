using Alignment.Server.Configuration;

namespace Alignment.Server.Listening;

/// <summary>What the listener allows, set explicitly.</summary>
internal static class KestrelLimits
{
    /// <param name="builder">The server.</param>
    /// <param name="options">The limits.</param>
    public static void Apply(WebApplicationBuilder builder, ServerOptions options)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = options.MaxHeaderBytes;
            kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
            kestrel.Limits.RequestHeadersTimeout = options.HeadersTimeout;
            kestrel.Limits.KeepAliveTimeout = options.IdleTimeout;
        });
    }
}
