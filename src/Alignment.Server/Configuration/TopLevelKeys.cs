using Alignment.Decoding.Reading;
using Alignment.Hosting.Options;

namespace Alignment.Server.Configuration;

/// <summary>What may stand at the top of the configuration: our sections, and those that the host reads itself.</summary>
internal static class TopLevelKeys
{
    public const string Urls = "urls";
    public const string HttpPorts = "http_ports";
    public const string HttpsPorts = "https_ports";
    public const string Environment = "environment";
    public const string ContentRoot = "contentRoot";

    public const string Logging = "Logging";
    public const string Kestrel = "Kestrel";

    /// <summary>Our sections with the options that say what they contain.</summary>
    public static readonly IReadOnlyDictionary<string, Type> Sections = new Dictionary<string, Type>(StringComparer.OrdinalIgnoreCase)
    {
        [ServerOptions.Section] = typeof(ServerOptions),
        [AlignmentOptions.Section] = typeof(AlignmentOptions),
    };

    /// <summary>In a file.</summary>
    public static readonly string[] OfFiles = [.. Sections.Keys, Logging, "AllowedHosts", Kestrel, Urls, HttpPorts, HttpsPorts];

    /// <summary>Behind two dashes on the command line.</summary>
    public static readonly string[] OfArguments = [.. OfFiles, Environment, ContentRoot];

    /// <summary>What is wrong with a name; null where it is known.</summary>
    public static string? Problem(string name, IReadOnlyCollection<string> known) => known.Contains(name, StringComparer.OrdinalIgnoreCase)
        ? null
        : $"unknown{Spelling.Hint(name, known)}; what exists: {string.Join(", ", known)}";
}
