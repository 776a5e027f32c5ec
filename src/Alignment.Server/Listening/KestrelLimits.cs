using Alignment.Server.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Alignment.Server.Listening;

/// <summary>What the listener allows, set explicitly.</summary>
internal static class KestrelLimits
{
    private const int Dropped = 8;

    // On average, over a whole body or answer. Streams, which hold more than their connection, have a limit of their own: ReaderTimeout.
    private const double SentBytesPerSecond = 240;
    private const double ReadBytesPerSecond = 1024;
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    /// <param name="builder">The server.</param>
    /// <param name="options">The limits.</param>
    public static void Apply(WebApplicationBuilder builder, ServerOptions options)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // A body is refused where it is read, at MaxBodyBytes: there what still comes is read and dropped, so that the client sees the
            // answer. At Kestrel's own limit the connection ends in the middle of the client's sending.
            kestrel.Limits.MaxRequestBodySize = (long)Dropped * options.MaxBodyBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = options.MaxHeaderBytes;
            kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
            kestrel.Limits.RequestHeadersTimeout = options.HeadersTimeout;
            kestrel.Limits.KeepAliveTimeout = options.IdleTimeout;
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(SentBytesPerSecond, s_grace);
            kestrel.Limits.MinResponseDataRate = new MinDataRate(ReadBytesPerSecond, s_grace);
        });
    }
}
