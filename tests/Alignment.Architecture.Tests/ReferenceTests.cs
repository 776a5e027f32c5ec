using System.Text.RegularExpressions;

namespace Alignment.Architecture.Tests;

public sealed partial class ReferenceTests
{
    [Fact]
    public void Every_project_has_a_row_in_the_table()
        => Assert.Equal(ReferenceTable.Allowed.Keys.Order(StringComparer.Ordinal), SourceProject.All.Select(project => project.Name));

    [Fact]
    public void Projects_refer_only_to_what_the_table_allows()
        => Assert.All(
            SourceProject.All, project => Assert.Subset(ReferenceTable.Allowed[project.Name].ToHashSet(), project.References.ToHashSet()));

    [Fact]
    public void Projects_use_only_the_namespaces_they_may_know()
        => Assert.All(ReferenceTable.Knows, rule => Assert.Subset(rule.Namespaces.ToHashSet(), Used(rule.Project, rule.Other)));

    [Fact]
    public void Only_the_server_and_the_command_line_know_about_http()
        => Assert.All(
            SourceProject.All.Where(project => project.Name is not ("Server" or "Cli")),
            project => Assert.DoesNotContain(
                project.Sources, file => File.ReadAllText(file).Contains("AspNetCore", StringComparison.Ordinal)));

    private static HashSet<string> Used(string project, string other) =>
    [
        .. SourceProject.All.Single(candidate => candidate.Name == project).Sources
            .SelectMany(file => UsingDirective().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups[1].Value)
            .Where(name => name == $"Alignment.{other}" || name.StartsWith($"Alignment.{other}.", StringComparison.Ordinal)),
    ];

    [GeneratedRegex(@"^using (Alignment\.[A-Za-z.]+);", RegexOptions.Multiline)]
    private static partial Regex UsingDirective();
}
