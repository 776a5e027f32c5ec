using System.Net;
using System.Net.Sockets;
using Alignment.Hosting.Options;
using Alignment.Server.Configuration;
using Microsoft.AspNetCore.Connections;

namespace Alignment.Server.Listening;

/// <summary>
/// Refuses to listen where other machines reach a server that asks for no key. It stands where every address ends, whatever asked for it
/// (urls, ports, Kestrel's endpoints, a name that Kestrel takes for "every address"), so there is no second reading of addresses that could
/// differ from Kestrel's.
/// </summary>
internal sealed class LoopbackListenerFactory(IConnectionListenerFactory sockets)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private const string ApiKeys = $"{ServerOptions.Section}:{nameof(ServerOptions.ApiKeys)}";
    private const string Variable = $"{ServerOptions.Section}__{nameof(ServerOptions.ApiKeys)}__0";
    private const string AllowAnonymous = $"{ServerOptions.Section}:{nameof(ServerOptions.AllowAnonymous)}";

    public bool CanBind(EndPoint endpoint) => true;

    /// <exception cref="InvalidConfigurationException">Other machines reach the address.</exception>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
        => IsLocal(endpoint) ? sockets.BindAsync(endpoint, cancellationToken) : throw new InvalidConfigurationException(
        [
            $"{endpoint}: other machines reach this address, and no key is asked for. Set {ApiKeys} (in the environment {Variable}=KEY), "
            + $"or {AllowAnonymous}=true to serve everybody, or listen on 127.0.0.1",
        ]);

    /// <summary>Who reaches a Unix socket is the file system's affair.</summary>
    private static bool IsLocal(EndPoint endpoint)
        => endpoint is UnixDomainSocketEndPoint || (endpoint is IPEndPoint address && IPAddress.IsLoopback(address.Address));
}
