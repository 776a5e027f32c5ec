using System.Text.Json;
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

    private static string? Reason(string client)
    {
        string folder = Path.Combine(RepositoryPaths.Clients, client);
        using JsonDocument package = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "package.json")));
        bool isInstalled = package.RootElement.GetProperty("dependencies").EnumerateObject().All(
            dependency => Directory.Exists(Path.Combine(folder, "node_modules", dependency.Name)));
        return isInstalled ? null : $"run 'npm ci' in tests/clients/{client} first";
    }
}
