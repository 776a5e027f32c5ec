using Alignment.Tests;

namespace Alignment.Architecture.Tests;

public sealed class LayoutTests
{
    [Theory]
    [InlineData("src"), InlineData("models"), InlineData("tests"), InlineData("benchmarks"), InlineData("Dockerfile")]
    [InlineData("Alignment.sln"), InlineData("README.md")]
    public void The_top_level_has_its_parts(string name) => Assert.True(Path.Exists(Path.Combine(RepositoryPaths.Root, name)));

    [Fact]
    public void Every_project_has_tests()
        => Assert.All(
            SourceProject.All,
            project => Assert.True(
                File.Exists(
                    Path.Combine(RepositoryPaths.Root, "tests", $"Alignment.{project}.Tests", $"Alignment.{project}.Tests.csproj"))));

    [Fact]
    public void Namespaces_follow_folders()
        => Assert.All(
            SourceProject.All, project => Assert.All(project.Sources, file => Assert.Equal(Expected(project, file), Namespace(file))));

    private static string? Namespace(string file)
        => File.ReadLines(file)
            .FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal))?["namespace ".Length..]
            .TrimEnd(';');

    /// <summary>Null for a file of top-level statements.</summary>
    private static string? Expected(SourceProject project, string file)
    {
        string folder = Path.GetRelativePath(project.Folder, Path.GetDirectoryName(file)!);
        string suffix = folder == "." ? "" : "." + folder.Replace(Path.DirectorySeparatorChar, '.');
        return Path.GetFileName(file) == "Program.cs" ? null : $"Alignment.{project}{suffix}";
    }
}
