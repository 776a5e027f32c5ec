using Alignment.Tests;

namespace Alignment.Server.Tests.Policies;

/// <summary>
/// Two servers over one miniature model: beside a floor of a guide, with a profile, and beside a floor of a reward. For a class of tests.
/// </summary>
public sealed class PolicyServers : IAsyncLifetime, IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private RunningServer? _guide;
    private RunningServer? _reward;

    internal RunningServer Guide => _guide ?? throw new InvalidOperationException("the server has not started");

    internal RunningServer Reward => _reward ?? throw new InvalidOperationException("the server has not started");

    public async Task InitializeAsync()
    {
        string[] configuration = TinyServer.Configuration(_folder.Path);
        _guide = await RunningServer.StartAsync([.. configuration, "--Alignment:Policy:MinimumGuidance:head=1"]);
        string[] plain = [.. configuration.Where(key => !key.Contains("Profiles", StringComparison.Ordinal))];
        _reward = await RunningServer.StartAsync([.. plain, "--Alignment:Policy:MinimumReward:value=1"]);
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await Guide.DisposeAsync();
        await Reward.DisposeAsync();
        _folder.Dispose();
    }
}
