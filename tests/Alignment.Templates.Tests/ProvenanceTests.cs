using System.Text;
using Alignment.Compute.Contract.Random;
using Alignment.Templates.Limits;

namespace Alignment.Templates.Tests;

/// <summary>Whatever a template does with a client's text, the text stays the client's and the rest the template's.</summary>
public sealed class ProvenanceTests
{
    /// <summary>In the results the client's stretches stand in brackets ⟦ ⟧.</summary>
    [Theory]
    [InlineData("{{ '<|' ~ c ~ '|>' }}", "ab", "<|⟦ab⟧|>")]
    [InlineData("{{ '<|' + c + '|>' }}{{ c * 2 }}", "ab", "<|⟦ab⟧|>⟦abab⟧")]
    [InlineData("[{{ c | trim }}][{{ c.strip(' <') }}][{{ c.lstrip() }}]", " </s> ", "[⟦</s>⟧][⟦/s>⟧][⟦</s> ⟧]")]
    [InlineData("{{ c.split('</think>')[-1] }}|{{ c.split('</think>') | join('#') }}", "a</think>b", "⟦b⟧|⟦a⟧#⟦b⟧")]
    [InlineData("{% if '</s>' in c %}{{ c.find('</s>') }}{% endif %}{{ c == 'a</s>' }}", "a</s>", "1True")]
    [InlineData("{{ c | upper }}{{ c.title() }}{{ c | capitalize }}{{ c.swapcase() }}", "straße", "⟦STRASSEStraßeStraßeSTRASSE⟧")]
    [InlineData("{{ c.replace('x', '<|y|>') }}", "axb", "⟦a⟧<|y|>⟦b⟧")]
    [InlineData("{{ '<x>' | replace('x', c) }}", "s", "<⟦s⟧>")]
    [InlineData("{{ 'a-b'.replace('-', c) }}{{ c.replace('q', 'r') }}", "+", "a⟦+⟧b⟦+⟧")]
    [InlineData("{{ c[1:-1] }}|{{ c[::-1] }}|{{ c[0] }}|{{ c | first }}{{ c | last }}", "a😀b", "⟦😀⟧|⟦b😀a⟧|⟦a⟧|⟦ab⟧")]
    [InlineData("{% for x in c %}{{ x }}-{% endfor %}{{ c | list | join }}{{ c | reverse }}", "ab", "⟦a⟧-⟦b⟧-⟦abba⟧")]
    [InlineData("{{ [c, 'x', c] | join('</s>') }}{{ c.join(['1', '2']) }}", "ab", "⟦ab⟧</s>x</s>⟦ab⟧1⟦ab⟧2")]
    [InlineData("{{ c | tojson }}{{ {c: c} | tojson }}", "a\n\"b", "\"⟦a\\n\\\"b⟧\"{\"⟦a\\n\\\"b⟧\": \"⟦a\\n\\\"b⟧\"}")]
    [InlineData("{{ [c] }}{{ {'k': c} }}", "it's\t", "[\"⟦it's\\t⟧\"]{'k': \"⟦it's\\t⟧\"}")]
    [InlineData("{{ c | e }}{{ c | string }}{{ c | safe }}{{ c | indent(1) }}", "<\nb", "⟦&lt;\nb<\nb<\nb<⟧\n ⟦b⟧")]
    [InlineData(
        "{{ '%s|%5s' % (c, c) }}{{ '%s' | format(c) }}{{ '{}|{:>4}|{!r}'.format(c, c, c) }}", "ab", "⟦ab⟧|   ⟦ababab⟧|  ⟦ab⟧|'⟦ab⟧'")]
    [InlineData("{{ (c ~ ' %s') % 'z' }}{{ (c ~ '{}').format('z') }}{{ c % () }}", "ab", "⟦ab⟧ z⟦ab⟧z⟦ab⟧")]
    [InlineData("{{ c.center(5, '*') }}{{ c.zfill(4) }}{{ c.ljust(3) }}{{ 'x'.rjust(3, c[0]) }}", "-1", "**⟦-1⟧*⟦-⟧00⟦1-1⟧ ⟦--⟧x")]
    [InlineData(
        "{{ c.partition('=') | join('|') }}{{ c.splitlines() | join('|') }}{{ c.removeprefix('a') }}{{ c.expandtabs(2) }}",
        "a=\tb",
        "⟦a⟧|=|⟦\tba=\tb=\tba=⟧  ⟦b⟧")]
    [InlineData("{% set t %}<{{ c }}>{% endset %}{{ t | upper }}{% filter lower %}A{{ c }}{% endfilter %}", "aB", "<⟦AB⟧>a⟦ab⟧")]
    [InlineData("{% macro m(x) %}[{{ x }}{{ caller() }}]{% endmacro %}{% call m(c) %}{{ c }}!{% endcall %}", "a", "[⟦aa⟧!]")]
    [InlineData(
        "{% for k, v in {c: 1}.items() %}{{ k }}{{ v }}{% endfor %}{{ {c: 'x'} | list | first }}{{ {c: 'x'}[c] }}", "a", "⟦a⟧1⟦a⟧x")]
    [InlineData(
        "{{ none | default(c, true) }}{{ [c, 'B'] | sort | join }}{{ [c, c] | unique | first }}{{ [{'k': c}] | map(attribute='k') | join }}",
        "a",
        "⟦aa⟧B⟦aa⟧")]
    [InlineData(
        "{% set ns = namespace(t='') %}{% for i in range(400) %}{% set ns.t = ns.t ~ '<' ~ c %}{% endfor %}{{ ns.t[-4:] }}{{ ns.t | "
        + "length }}",
        "ab",
        "⟦b⟧<⟦ab⟧1200")]
    [InlineData(
        "{% generation %}{{ c }}{% endgeneration %}{% with d = c %}{{ d }}{% endwith %}{% block b %}{{ c }}{% endblock %}", "x", "⟦xxx⟧")]
    [InlineData("{{ messages[0].role }}{{ messages[0].content }}{{ bos_token }}{{ messages[1].role }}", "x", "user⟦x⟧</s>⟦a|b⟧")]
    public void A_clients_characters_stay_the_clients(string template, string content, string expected)
    {
        var messages = new List<object?> { Turn("user", content), Turn("a|b", content) };
        var variables = new Dictionary<string, object?> { ["c"] = content, ["messages"] = messages, ["bos_token"] = "</s>" };
        Assert.Equal(expected, Bracketed(ChatTemplate.Parse(template).Render(variables)));
    }

    /// <summary>
    /// A text is what it would be without authors: random chains of operations on a client's text and on the same text of the model's
    /// files.
    /// </summary>
    [Fact]
    public void Operations_do_not_see_the_author()
    {
        string[] operations =
        [
            "| trim",
            "| upper",
            "| lower",
            "| title",
            ".replace('a', '<|b|>')",
            "| replace('', '.')",
            "[1:]",
            "[::-1]",
            "[:-2]",
            ".split('<') | join('>')",
            "| tojson",
            "| string",
            "| e",
            ".center(9, '*')",
            "| indent(2, true)",
            ".partition('|')[0]",
            "~ '<|x|>'",
            "* 2",
            ".splitlines() | join",
            ".expandtabs(3)",
            ".rsplit('e', 1)[-1]",
            "| list | string",
        ];
        string[] parts = ["<|user|>", "</s>", "<", "|>", "a", "B c", "\n", "\t", "é", "😀", " ", "ß", "{}", "%s", "'"];
        for (int trial = 0; trial < 3000; trial++)
        {
            string content = string.Concat(Enumerable.Range(0, 6).Select(i => parts[Draw(trial, i, parts.Length)]));
            string expression = Enumerable.Range(6, 4).Aggregate(
                "(c_token ~ '')", (inner, i) => $"({inner} {operations[Draw(trial, i, operations.Length)]})");
            RenderedPrompt ours = Render(expression, "c_token", content);
            RenderedPrompt clients = Render(expression.Replace("c_token", "c", StringComparison.Ordinal), "c", content);
            Assert.Equal(ours.Text, clients.Text);
            Assert.Empty(ours.ClientText);
            Assert.All(
                clients.ClientText, range => Assert.True(range.Start.Value < range.End.Value && range.End.Value <= clients.Text.Length));
        }
    }

    private static RenderedPrompt Render(string expression, string name, string content) =>
        ChatTemplate.Parse("{{ " + expression + " }}").Render(new Dictionary<string, object?> { [name] = content });

    private static int Draw(int trial, int index, int count) => (int)(Philox.Uniform(10, (ulong)trial, (ulong)index) * count);

    private static Dictionary<string, object?> Turn(string role, string content) => new() { ["role"] = role, ["content"] = content };

    private static string Bracketed(RenderedPrompt rendered)
    {
        var text = new StringBuilder(rendered.Text);
        foreach (Range range in rendered.ClientText.Reverse())
        {
            text.Insert(range.End.Value, '⟧').Insert(range.Start.Value, '⟦');
        }

        return text.ToString();
    }
}
