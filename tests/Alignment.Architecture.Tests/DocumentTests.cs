using System.Text.RegularExpressions;
using Alignment.Tests;

namespace Alignment.Architecture.Tests;

public sealed partial class DocumentTests
{
    private static readonly string s_architecture = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "docs", "architecture.md"));

    [Fact]
    public void Every_type_that_the_architecture_names_exists()
    {
        string[] named = [.. TypeName().Matches(s_architecture).Select(match => match.Groups[1].Value).Distinct()];
        Assert.True(named.Length > 30, $"only {named.Length} types are named");
        Assert.Empty(named.Except(DeclaredTypes()));
    }

    [Fact]
    public void The_architecture_has_ten_steps()
        => Assert.Equal(Enumerable.Range(1, 10), Step().Matches(s_architecture).Select(match => int.Parse(match.Groups[1].Value, null)));

    [Fact]
    public void Every_link_of_a_document_leads_to_a_file() => Assert.Empty(Documents().SelectMany(BrokenLinks));

    private static HashSet<string> DeclaredTypes() =>
    [
        .. SourceProject.All.SelectMany(project => project.Sources)
            .SelectMany(file => Declaration().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups[1].Value),
    ];

    private static IEnumerable<string> Documents() => new[] { ".", "docs", "models", "benchmarks", "samples" }
        .Select(folder => Path.Combine(RepositoryPaths.Root, folder))
        .SelectMany(
            folder => Directory.EnumerateFiles(
                folder, "*.md", folder.EndsWith('.') ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories));

    private static IEnumerable<string> BrokenLinks(string document) => Link().Matches(File.ReadAllText(document))
        .Select(match => match.Groups[1].Value)
        .Where(target => !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith('#'))
        .Where(target => !Path.Exists(Path.Combine(Path.GetDirectoryName(document)!, target.Split('#')[0])))
        .Select(target => $"{document}: {target}");

    [GeneratedRegex("`([A-Z][a-z][A-Za-z]*|I[A-Z][A-Za-z]+)`")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"\b(?:class|record|record struct|struct|interface|enum) ([A-Z]\w+)")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^(\d+)\. \*\*", RegexOptions.Multiline)]
    private static partial Regex Step();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
