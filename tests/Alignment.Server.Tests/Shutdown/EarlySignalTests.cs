using Alignment.Server.Configuration;
using Alignment.Server.Listening;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;

namespace Alignment.Server.Tests.Shutdown;

/// <summary>A signal to stop that comes before the server serves ends it all the same, without a word of how it is made.</summary>
public sealed class EarlySignalTests
{
    private const int EndedBySigterm = 128 + 15;

    [Fact]
    public async Task The_process_ends_whenever_the_signal_comes()
    {
        foreach (int delay in (int[])[0, 150, 250, 350, 450, 600])
        {
            await using ServerProcess server = ServerProcess.Start("--urls", "http://127.0.0.1:0");
            await Task.Delay(delay);
            server.Terminate();
            int code = await server.ExitAsync();
            Assert.True(code is 0 or EndedBySigterm && server.Error.Length == 0, $"{delay} ms: {code}: {server.Error}");
        }
    }

    [Fact]
    public async Task The_host_that_rehearses_takes_no_signal()
    {
        var seen = new Seen();
        WebApplicationBuilder builder = Builder();
        builder.Services.AddSingleton(seen).AddHostedService<LooksAtLifetime>();
        await Listener.RehearseAsync(builder, new ServerOptions());
        Assert.NotNull(seen.Lifetime);
        Assert.IsNotType<ConsoleLifetime>(seen.Lifetime);
    }

    [Fact]
    public async Task A_server_that_is_told_to_stop_while_it_starts_is_done()
    {
        WebApplicationBuilder builder = Builder();
        builder.Services.AddHostedService<StopsAtStart>();
        await using WebApplication app = builder.Build();
        await AlignmentServer.ServeAsync(app).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.True(app.Lifetime.ApplicationStopping.IsCancellationRequested);
        Assert.False(app.Lifetime.ApplicationStarted.IsCancellationRequested);
    }

    private static WebApplicationBuilder Builder()
        => ConfigurationSources.CreateBuilder(["--urls", "http://127.0.0.1:0"], readsFiles: false);

    private sealed class Seen
    {
        public IHostLifetime? Lifetime { get; set; }
    }

    private sealed class LooksAtLifetime(Seen seen, IHostLifetime lifetime) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            seen.Lifetime = lifetime;
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class StopsAtStart(IHostApplicationLifetime lifetime) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            lifetime.StopApplication();
            cancellationToken.ThrowIfCancellationRequested();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
