using Alignment.Tests;

namespace Alignment.Architecture.Tests;

public sealed class ReadmeTests
{
    /// <summary>What CI runs is what a newcomer copies.</summary>
    [Fact]
    public void The_first_request_of_the_readme_is_the_sample()
    {
        string sample = Read("samples", "curl", "first-request.sh").Replace(
            "${1:-http://localhost:8080}", "http://localhost:8080", StringComparison.Ordinal);
        string shown = sample[sample.IndexOf("url=", StringComparison.Ordinal)..].Trim();
        Assert.Contains(shown, Read("README.md"), StringComparison.Ordinal);
    }

    private static string Read(params string[] path) => File.ReadAllText(Path.Combine([RepositoryPaths.Root, .. path]));
}
