using System.Net.Sockets;
using System.Security.Cryptography;
using Alignment.Hosting.Options;
using Alignment.Server.Configuration;
using Alignment.Server.Errors;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Alignment.Server.Listening;

/// <summary>Where the server listens and what it allows there.</summary>
internal static class Listener
{
    private const string DefaultUrl = "http://localhost:8080";
    private static readonly TimeSpan s_moment = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Sets limits and addresses explicitly; without a key only this machine is served, unless the options say otherwise.
    /// </summary>
    public static void Apply(WebApplicationBuilder builder, ServerOptions options)
    {
        if (!Addresses.AreGiven(builder.Configuration))
        {
            builder.WebHost.UseUrls(DefaultUrl);
        }

        KestrelLimits.Apply(builder, options);
        IServiceCollection services = builder.Services;

        // HTTP/3 has listeners of its own, which the rule below would not see; nothing here needs it.
        services.RemoveAll<IMultiplexedConnectionListenerFactory>();
        if (options is { ApiKeys.Count: 0, AllowAnonymous: false })
        {
            services.AddSingleton<SocketTransportFactory>();
            services.AddSingleton<IConnectionListenerFactory>(
                container => new LoopbackListenerFactory(container.GetRequiredService<SocketTransportFactory>()));
        }
    }

    /// <summary>Listens and lets go again: whether it can be done is known before minutes are spent on loading a model.</summary>
    /// <exception cref="InvalidConfigurationException">It cannot: the port is taken, or the address is not to be had.</exception>
    public static async Task RehearseAsync(WebApplicationBuilder builder, ServerOptions options)
    {
        Apply(builder, options);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IHostLifetime, RehearsalLifetime>();
        await using WebApplication app = builder.Build();
        ApiException starting = ApiException.Unavailable("The server is starting.", "starting", s_moment);
        app.Run(context => ErrorAnswer.WriteAsync(context.Response, starting));
        await StartAsync(app);
        await app.StopAsync();
    }

    /// <summary>Begins to listen.</summary>
    /// <exception cref="InvalidConfigurationException">The port is taken, or the address is not to be had.</exception>
    /// <exception cref="OperationCanceledException">It is told to stop before it listens.</exception>
    public static async Task StartAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync();
        }
        catch (Exception fault) when (IsOfAddresses(fault))
        {
            string addresses = Addresses.AreGiven(app.Configuration) ? Addresses.Describe(app.Configuration) : DefaultUrl;
            throw new InvalidConfigurationException([$"cannot listen on {addresses}: {fault.Message.Split('\n')[0].TrimEnd('\r', '.')}"]);
        }
    }

    /// <summary>What Kestrel throws for an address, a port, a certificate or a socket's file.</summary>
    private static bool IsOfAddresses(Exception fault) => fault is IOException or SocketException or UnauthorizedAccessException
        or InvalidOperationException or ArgumentException or FormatException or NotSupportedException or CryptographicException;
}
