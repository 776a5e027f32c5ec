namespace Alignment.Server;

/// <summary>What the listener allows, set explicitly.</summary>
internal static class KestrelLimits
{
    /// <param name="builder">The server.</param>
    /// <param name="options">The limits.</param>
    /// <param name="defaultUrl">Where to listen when neither environment nor command line says.</param>
    public static void Apply(WebApplicationBuilder builder, ServerOptions options, string defaultUrl)
    {
        if (string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey]))
        {
            builder.WebHost.UseUrls(defaultUrl);
        }

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
