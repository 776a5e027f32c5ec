using System.Globalization;
using System.Net;
using Alignment.Server.Configuration;

namespace Alignment.Server.Listening;

/// <summary>The addresses that the configuration writes, checked for what Kestrel would misread: it takes a port that is no number for part of a name.</summary>
internal static class Addresses
{
    /// <summary>Whether anything says where to listen.</summary>
    public static bool AreGiven(IConfiguration configuration) => Written(configuration).Any(written => written.Value.Length > 0);

    /// <summary>Notes what is no address or port.</summary>
    public static void Check(IConfiguration configuration, ICollection<string> problems)
    {
        foreach ((string path, string value) in Written(configuration).Where(written => written.Value.Length > 0))
        {
            string[] parts = value.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            bool isPort = path is TopLevelKeys.HttpPorts or TopLevelKeys.HttpsPorts;
            if (parts.Length == 0 || !parts.All(isPort ? IsPort : IsUrl))
            {
                problems.Add($"{path}: '{value}' is no {(isPort ? "port from 0 to 65535" : "address such as http://127.0.0.1:8080")}");
            }
        }
    }

    private static IEnumerable<(string Path, string Value)> Written(IConfiguration configuration)
        => new[] { TopLevelKeys.Urls, TopLevelKeys.HttpPorts, TopLevelKeys.HttpsPorts }.Select(name => (name, configuration[name] ?? ""))
            .Concat(configuration.GetSection(TopLevelKeys.Kestrel).GetSection("Endpoints").GetChildren()
                .Select(endpoint => ($"{endpoint.Path}:Url", endpoint["Url"] ?? "")));

    private static bool IsPort(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port <= IPEndPoint.MaxPort;

    private static bool IsUrl(string text)
    {
        try
        {
            BindingAddress address = BindingAddress.Parse(text);
            bool hasPort = address.IsUnixPipe || address.IsNamedPipe || (address.Port <= IPEndPoint.MaxPort && Uri.CheckHostName(address.Host) != UriHostNameType.Unknown);
            return hasPort || address.Host is "*" or "+";
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
