using Xunit;

namespace Alignment.Tests;

/// <summary>
/// A test against an npm package in a folder of tests/clients; skipped, with the reason, where its packages are not installed
/// or a file of the shared data is absent.
/// </summary>
internal sealed class NodeFactAttribute : FactAttribute
{
    public NodeFactAttribute(string client, params string[] sharedFiles)
    {
        string? missing = sharedFiles.FirstOrDefault(file => !Path.Exists(Path.Combine(RepositoryPaths.SharedData, file)));
        Skip = missing is not null ? $"../shared/data/{missing} is absent" : Reason(client);
    }

    private static string? Reason(string client) =>
        Directory.Exists(Path.Combine(RepositoryPaths.Clients, client, "node_modules")) ? null : $"run 'npm ci' in tests/clients/{client} first";
}
