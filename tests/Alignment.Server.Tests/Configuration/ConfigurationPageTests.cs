using System.Text.RegularExpressions;
using Alignment.Hosting.Options;
using Alignment.Server.Configuration;
using Alignment.Tests;

namespace Alignment.Server.Tests.Configuration;

/// <summary>docs/configuration.md has a row for every key of the options types, and for nothing else.</summary>
public sealed partial class ConfigurationPageTests
{
    private const string Anything = "any";
    private static readonly string s_page = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "docs", "configuration.md"));

    private static readonly OptionKey[] s_keys = [.. TopLevelKeys.Sections.SelectMany(section => OptionKey.Of(section.Key, section.Value))];

    [Fact]
    public void Every_key_has_its_row()
    {
        string[] rows = [.. Rows().Select(cells => Row(cells[0], cells[1], cells[2], cells[3], Key(cells[0])?.Range.Length > 0 ? cells[4] : Anything))];
        string[] missing = [.. s_keys.Select(Expected).Except(rows)];
        Assert.True(missing.Length == 0, "docs/configuration.md lacks, each with a last cell that says what it does:\n" + string.Join('\n', missing));
    }

    [Fact]
    public void Every_row_has_its_key_and_says_what_it_does()
    {
        Assert.Empty(Rows().Select(cells => cells[0].Trim('`')).Except(s_keys.Select(key => key.Path)));
        Assert.All(Rows(), cells => Assert.NotEqual("", cells[5]));
        Assert.Distinct(Rows().Select(cells => cells[0]));
    }

    [Fact]
    public void Every_environment_variable_that_the_code_reads_is_known_and_described()
    {
        string[] read = [.. Directory.EnumerateFiles(Path.Combine(RepositoryPaths.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Variable().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(read, EnvironmentNames.Plain.Order(StringComparer.Ordinal));
        Assert.All(read, name => Assert.Contains($"| `{name}` |", s_page, StringComparison.Ordinal));
    }

    [Fact]
    public void Readme_leads_to_it() => Assert.Contains("docs/configuration.md", File.ReadAllText(Path.Combine(RepositoryPaths.Root, "README.md")), StringComparison.Ordinal);

    private static string Expected(OptionKey key) => Row(
        $"`{key.Path}`", $"`{key.Variable}`", key.Type, key.Default.Length > 0 ? key.Default : "none", key.Range.Length > 0 ? key.Range : Anything);

    private static string Row(string path, string variable, string type, string fallback, string range) => $"| {path} | {variable} | {type} | {fallback} | {range} | ... |";

    private static OptionKey? Key(string cell) => s_keys.FirstOrDefault(key => cell == $"`{key.Path}`");

    /// <summary>Cells of the rows whose first is a path of one of our sections.</summary>
    private static IEnumerable<string[]> Rows() => s_page.Split('\n')
        .Where(line => TopLevelKeys.Sections.Keys.Any(section => line.StartsWith($"| `{section}:", StringComparison.Ordinal)))
        .Select(line => line.Trim('|', ' ').Split(" | "));

    [GeneratedRegex("\"(ALIGNMENT_[A-Z_]+)\"")]
    private static partial Regex Variable();
}
