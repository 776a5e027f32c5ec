namespace Alignment.Server;

/// <summary>The section <c>Server</c> of the configuration: what a client may do to this process.</summary>
internal sealed class ServerOptions
{
    public const string Section = "Server";

    /// <summary>Keys that clients may use; none: no key is asked for.</summary>
    public IReadOnlyList<string> ApiKeys { get; set; } = [];

    /// <summary>Largest body in bytes.</summary>
    public int MaxBodyBytes { get; set; } = 2 * 1024 * 1024;

    /// <summary>Largest headers together in bytes.</summary>
    public int MaxHeaderBytes { get; set; } = 32 * 1024;

    /// <summary>Open connections.</summary>
    public int MaxConnections { get; set; } = 1024;

    /// <summary>Prompts of one completion request.</summary>
    public int MaxPrompts { get; set; } = 16;

    /// <summary>How long a client may take to send its headers.</summary>
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long an idle connection stays open.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(130);

    /// <summary>How long requests may take to finish after a signal to stop; then they are cancelled.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a stream may be silent before it carries a comment.</summary>
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Everything that is wrong with these numbers.</summary>
    public IEnumerable<string> Problems()
    {
        foreach ((string name, long value) in new (string, long)[]
        {
            (nameof(MaxBodyBytes), MaxBodyBytes), (nameof(MaxHeaderBytes), MaxHeaderBytes), (nameof(MaxConnections), MaxConnections),
            (nameof(MaxPrompts), MaxPrompts), (nameof(HeadersTimeout), HeadersTimeout.Ticks), (nameof(IdleTimeout), IdleTimeout.Ticks),
            (nameof(ShutdownTimeout), ShutdownTimeout.Ticks), (nameof(KeepAliveInterval), KeepAliveInterval.Ticks),
        })
        {
            if (value <= 0)
            {
                yield return $"{Section}:{name} must be positive";
            }
        }

        if (ApiKeys.Any(string.IsNullOrWhiteSpace))
        {
            yield return $"{Section}:{nameof(ApiKeys)} has an empty key";
        }
    }
}
