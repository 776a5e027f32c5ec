using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Server.Tests;

/// <summary>
/// A server over a miniature model with a value head, a token-reward head and an adapter; profile <c>best</c>. One for a class of tests.
/// </summary>
public sealed class TinyServer : IAsyncLifetime, IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private RunningServer? _server;

    internal RunningServer Server => _server ?? throw new InvalidOperationException("the server has not started");

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync(Configuration(_folder.Path));

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Writes the model and says how to serve it.</summary>
    internal static string[] Configuration(string folder)
    {
        TinyCheckpoint.Write(folder, TinyArchitecture.Llama);
        TinyRewards.Write(folder);
        return
        [
            "--Alignment:Models:0:Name=tiny",
            $"--Alignment:Models:0:Path={folder}",
            "--Alignment:Profiles:best:Alignment:search:method=best_of_n",
            "--Alignment:Profiles:best:Alignment:search:n=3",
            "--Alignment:Profiles:best:Alignment:search:reward:0:name=value",
        ];
    }
}
