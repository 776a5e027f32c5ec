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
        string[] missing = [.. s_keys.Select(Expected).Except(Rows().Select(Written))];
        Assert.True(missing.Length == 0, $"docs/configuration.md lacks, each with ... for what it does:\n{string.Join('\n', missing)}");
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
        string[] read =
        [
            .. Directory.EnumerateFiles(Path.Combine(RepositoryPaths.Root, "src"), "*.cs", SearchOption.AllDirectories)
                .SelectMany(file => Variable().Matches(File.ReadAllText(file)))
                .Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal),
        ];
        Assert.Equal(read, EnvironmentNames.Plain.Order(StringComparer.Ordinal));
        Assert.All(read, name => Assert.Contains($"| `{name}` |", s_page, StringComparison.Ordinal));
    }

    [Fact]
    public void Readme_leads_to_it()
    {
        string readme = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "README.md"));
        Assert.Contains("(docs/configuration.md)", readme, StringComparison.Ordinal);
    }

    private static string Expected(OptionKey key)
    {
        string fallback = key.Default.Length > 0 ? key.Default : "none";
        return Row([$"`{key.Path}`", $"`{key.Variable}`", key.Type, fallback, key.Range.Length > 0 ? key.Range : Anything]);
    }

    /// <summary>The page may say more about a range than the type does.</summary>
    private static string Written(string[] cells)
    {
        bool isDeclared = s_keys.Any(key => cells[0] == $"`{key.Path}`" && key.Range.Length > 0);
        return Row([.. cells[..4], isDeclared ? cells[4] : Anything]);
    }

    private static string Row(string[] cells) => $"| {string.Join(" | ", cells)} | ... |";

    /// <summary>Cells of the rows whose first is a path of one of our sections.</summary>
    private static IEnumerable<string[]> Rows() => s_page.Split('\n')
        .Where(line => TopLevelKeys.Sections.Keys.Any(section => line.StartsWith($"| `{section}:", StringComparison.Ordinal)))
        .Select(line => line.Trim('|', ' ').Split(" | "));

    [GeneratedRegex("\"(ALIGNMENT_[A-Z_]+)\"")]
    private static partial Regex Variable();
}
