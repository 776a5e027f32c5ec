using System.Globalization;
using System.Net;
using Alignment.Server.Configuration;

namespace Alignment.Server.Listening;

/// <summary>
/// The addresses that the configuration writes, checked for what Kestrel would misread: it takes a port that is no number for part of a
/// name.
/// </summary>
internal static class Addresses
{
    /// <summary>Whether anything says where to listen.</summary>
    public static bool AreGiven(IConfiguration configuration) => Written(configuration).Any();

    /// <summary>All that say where to listen: <c>urls 'http://*:80', http_ports '8080'</c>.</summary>
    public static string Describe(IConfiguration configuration)
        => string.Join(", ", Written(configuration).Select(written => $"{written.Path} '{written.Value}'"));

    /// <summary>Notes what is no address or port.</summary>
    public static void Check(IConfiguration configuration, ICollection<string> problems)
    {
        foreach ((string path, string value) in Written(configuration))
        {
            string[] parts = value.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            bool isPort = path is TopLevelKeys.HttpPorts or TopLevelKeys.HttpsPorts;
            if (parts.Length == 0 || !parts.All(isPort ? IsPort : IsUrl))
            {
                problems.Add($"{path}: '{value}' is no {(isPort ? "port from 0 to 65535" : "address such as http://127.0.0.1:8080")}");
            }
        }
    }

    /// <summary>An empty value of the host's keys is none; an endpoint of Kestrel's is one even without an address.</summary>
    private static IEnumerable<(string Path, string Value)> Written(IConfiguration configuration)
        => new[] { TopLevelKeys.Urls, TopLevelKeys.HttpPorts, TopLevelKeys.HttpsPorts }.Select(name => (name, configuration[name] ?? ""))
            .Where(written => written.Item2.Length > 0)
            .Concat(configuration.GetSection(TopLevelKeys.Kestrel).GetSection("Endpoints").GetChildren()
                .Select(endpoint => ($"{endpoint.Path}:Url", endpoint["Url"] ?? "")));

    private static bool IsPort(string text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port <= IPEndPoint.MaxPort;

    private static bool IsUrl(string text)
    {
        try
        {
            BindingAddress address = BindingAddress.Parse(text);
            bool isName = address.Host is "*" or "+" || Uri.CheckHostName(address.Host) != UriHostNameType.Unknown;
            return address.IsUnixPipe || address.IsNamedPipe || (isName && address.Port <= IPEndPoint.MaxPort);
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
