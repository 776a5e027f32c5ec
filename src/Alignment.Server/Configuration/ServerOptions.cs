using System.ComponentModel.DataAnnotations;

namespace Alignment.Server.Configuration;

/// <summary>
/// The section <c>Server</c> of the configuration: who may use this process, and how much of it. Each key stands in docs/configuration.md.
/// </summary>
internal sealed record ServerOptions
{
    public const string Section = "Server";

    // What the shortest and longest of every time may be: longer ones are rather a mistake than a wish.
    private const string Moment = "00:00:00.001";
    private const string Hour = "01:00:00";

    /// <summary>Keys that clients may use; none, here and in the file: no key is asked for.</summary>
    public IReadOnlyList<string> ApiKeys { get; init; } = [];

    /// <summary>A file with more keys, one a line; empty: none.</summary>
    public string ApiKeysFile { get; init; } = "";

    /// <summary>Whether other machines may use the server without a key.</summary>
    public bool AllowAnonymous { get; init; }

    /// <summary>Origins of the web pages that may use the server from a browser; none: no page may.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>Largest body in bytes.</summary>
    [Range(1, 1 << 30)]
    public int MaxBodyBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>Largest headers together in bytes; Kestrel's buffer of a request bounds it.</summary>
    [Range(1024, 1 << 20)]
    public int MaxHeaderBytes { get; init; } = 32 * 1024;

    /// <summary>Open connections.</summary>
    [Range(1, 1_000_000)]
    public int MaxConnections { get; init; } = 1024;

    /// <summary>Prompts of one completion request.</summary>
    [Range(1, 1024)]
    public int MaxPrompts { get; init; } = 16;

    /// <summary>How long a client may take to send its headers.</summary>
    [Range(typeof(TimeSpan), Moment, Hour)]
    public TimeSpan HeadersTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long an idle connection stays open.</summary>
    [Range(typeof(TimeSpan), Moment, "23:59:59")]
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(130);

    /// <summary>How long a stream may wait for its client to read, all waits together; then it is ended.</summary>
    [Range(typeof(TimeSpan), Moment, Hour)]
    public TimeSpan ReaderTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long requests may take to finish after a signal to stop; then they are cut short.</summary>
    [Range(typeof(TimeSpan), "00:00:00", Hour)]
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a stream may be silent before it carries a comment.</summary>
    [Range(typeof(TimeSpan), Moment, Hour)]
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether answers are remembered so that clients can judge them.</summary>
    public FeedbackOptions Feedback { get; init; } = new();
}
