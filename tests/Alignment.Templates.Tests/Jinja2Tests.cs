using System.Text.Json;
using Alignment.Templates.Limits;
using Alignment.Tests;

namespace Alignment.Templates.Tests;

/// <summary>
/// The lines of expressions.txt, each a template: rendered as Python's Jinja2 renders it, or refused where that refuses it.
/// </summary>
public sealed class Jinja2Tests
{
    private const string Variables = """
        {"name": "Ada", "n": 7, "items": [3, 1, 2], "map": {"b": 1, "a": [true, null, 1.5, "x'y"]},
         "people": [{"name": "Bo", "age": 3}, {"name": "Al", "age": 5}, {"name": "Cy", "age": 4}, {"name": "Di", "age": 3}]}
        """;

    /// <summary>What is refused here by name although Python finds a meaning.</summary>
    private static readonly string[] s_stricter =
    [
        "{{ [1, 2]['a':] }}",
        "{{ 5[1:] }}",
        @"{{ '\N{BULLET}' }}",
        "{{ '%.3d' % 5 }}",
        "{{ {none: 1} }}",
        "{{ {(1, 2): 1} }}",
        "{{ 2 ** 5000 }}",
    ];

    [Jinja2Fact]
    public async Task Every_line_means_what_it_means_in_Jinja2()
    {
        string[] lines = File.ReadAllLines(Path.Combine(RepositoryPaths.Root, "tests", "Alignment.Templates.Tests", "expressions.txt"));
        string?[] expected = await AskAsync(lines);
        foreach ((string line, string? text) in lines.Zip(expected))
        {
            Assert.True(text == Render(line), $"{line}\n  Jinja2: {text ?? "an error"}\n  here:   {Render(line) ?? "an error"}");
        }

        Assert.Contains(expected, text => text is null);
        Assert.True(expected.Count(text => text is not null) > 55);
    }

    [Jinja2Fact]
    public async Task What_is_stricter_here_is_known()
    {
        IEnumerable<string?> expected = await AskAsync(s_stricter);
        Assert.DoesNotContain(null, expected);
        Assert.All(s_stricter, line => Assert.Null(Render(line)));
    }

    /// <summary>Unicode's full mappings, as Python has them, but for letters that got their capitals after Python 3.11.</summary>
    [Jinja2Fact]
    public async Task Case_changes_as_in_Python()
    {
        string letters = string.Concat(
            Enumerable.Range(0x20, 0x2000 - 0x20)
                .Where(i => char.IsLetter((char)i) && i is not (0x19B or 0x264 or 0x1C89 or 0x1C8A))
                .Select(i => (char)i + " "));
        string[] lines = [.. new[] { "upper", "lower", "swapcase" }.Select(method => "{{ '" + letters + "'." + method + "() }}")];
        IEnumerable<string?> expected = await AskAsync(lines);
        foreach ((string line, string? text) in lines.Zip(expected))
        {
            string[] ours = Render(line)!.Split(' ');
            string[] theirs = text!.Split(' ');
            Assert.Empty(theirs.Zip(ours).Where(pair => pair.First != pair.Second).Select(pair => $"{pair.First} {pair.Second}"));
        }
    }

    private static async Task<string?[]> AskAsync(IEnumerable<string> templates)
    {
        JsonElement variables = JsonElement.Parse(Variables);
        string cases = JsonSerializer.Serialize(templates.Select(template => new { template, variables }));
        JsonElement answers = JsonElement.Parse(await OracleProcess.RunAsync(Jinja2FactAttribute.Python, "jinja2/render.py", cases));
        return
        [
            .. answers.EnumerateArray().Select(answer => answer.TryGetProperty("text", out JsonElement text) ? text.GetString() : null),
        ];
    }

    private static string? Render(string template)
    {
        var variables = JsonElement.Parse(Variables).EnumerateObject().ToDictionary(
            property => property.Name, property => (object?)property.Value);
        try
        {
            return ChatTemplate.Parse(template, new FixedTime()).Render(variables).Text;
        }
        catch (ChatTemplateException)
        {
            return null;
        }
    }
}
