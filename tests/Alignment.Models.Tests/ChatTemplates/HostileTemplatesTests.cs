using Alignment.Compute.Random;
using Alignment.Models.ChatTemplates;

namespace Alignment.Models.Tests.ChatTemplates;

/// <summary>A template is a file from a stranger: it ends, in bounded memory, and sees nothing but its variables.</summary>
public sealed class HostileTemplatesTests
{
    private static readonly ChatMessage[] s_messages = [new("user", "hello")];

    [Theory]
    [InlineData("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}")]
    [InlineData("{% for a in range(99999) %}{{ 'x' * 99999 }}{% endfor %}")]
    [InlineData("{{ range(10 ** 9) }}")]
    [InlineData("{{ range(-9223372036854775807, 9223372036854775807) }}")]
    [InlineData("{{ 'x' * 10 ** 12 }}")]
    [InlineData("{{ [[]] * 10 ** 12 }}")]
    [InlineData("{% set ns = namespace(t='x') %}{% for a in range(99) %}{% set ns.t = ns.t + ns.t %}{% endfor %}")]
    [InlineData("{% set ns = namespace(t='x' * 999999) %}{% for a in range(99999) %}{% if 'y' in ns.t %}{% endif %}{% endfor %}")]
    [InlineData("{% set ns = namespace(t='x' * 9999) %}{% for a in range(9) %}{% set ns.t = ns.t.replace('x', ns.t) %}{% endfor %}")]
    [InlineData("{% set l = [1] %}{% for a in l %}{% endfor %}{% for a in range(40) %}{% for b in l[:] %}{% set _ = l.append(l) %}{% endfor %}{% endfor %}")]
    [InlineData("{% set l = [] %}{% set _ = l.append(l) %}{{ l }}")]
    [InlineData("{% set l = [] %}{% set _ = l.append(l) %}{{ l | tojson }}")]
    [InlineData("{% set l = [] %}{% set k = [] %}{% set _ = l.append(k) %}{% set _ = k.append(l) %}{{ l == k }}")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{% for x in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}")]
    [InlineData("{{ 'abc'.__class__.__mro__ }}")]
    [InlineData("{{ messages[0].GetType() }}")]
    [InlineData("{{ 1 // 0 }}")]
    [InlineData("{{ 9223372036854775807 + 1 }}")]
    [InlineData("{{ 7 ** 7 ** 7 }}")]
    [InlineData("{{ missing.name }}")]
    [InlineData("{{ raise_exception('no') }}")]
    [InlineData("{{ strftime_now(3) }}")]
    public void Rendering_ends_with_one_clear_error(string template)
    {
        ChatTemplate parsed = ChatTemplate.Parse(template);
        Assert.Throws<ChatTemplateException>(() => parsed.Render(s_messages, addGenerationPrompt: true));
    }

    [Theory]
    [InlineData("a\n{% include 'secret' %}", "line 2")]
    [InlineData("{% import 'os' as os %}", "there is no tag 'import'")]
    [InlineData("{{ 1 ", "'}}' is missing")]
    [InlineData("{% if true %}", "'endif'")]
    [InlineData("{% endfor %}", "there is no tag 'endfor'")]
    [InlineData("{# never closed", "not closed")]
    [InlineData("{{ 'never closed }}", "not closed")]
    [InlineData("{% raw %}x", "not closed")]
    [InlineData("{% break %}", "outside a loop")]
    [InlineData("{{ 99999999999999999999 }}", "too large")]
    [InlineData("{{ a b }}", "expected '}}' but found 'b'")]
    [InlineData("{{ $ }}", "unexpected character")]
    public void Parsing_names_the_fault(string template, string fault) =>
        Assert.Contains(fault, Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(template)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("not ", "")]
    [InlineData("- ", "")]
    public void Deep_nesting_does_not_exhaust_the_stack(string open, string close)
    {
        string nested = string.Concat(Enumerable.Repeat(open, 100_000)) + "1" + string.Concat(Enumerable.Repeat(close, 100_000));
        Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse("{{ " + nested + " }}").Render([], addGenerationPrompt: false));
    }

    [Fact]
    public void Long_chains_do_not_exhaust_the_stack()
    {
        string chain = string.Join(" + ", Enumerable.Repeat("1", 200_000));
        Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse("{{ " + chain + " }}").Render([], addGenerationPrompt: false));
    }

    [Fact]
    public void A_template_cannot_change_the_callers_values()
    {
        var list = new List<object?> { 1 };
        string text = ChatTemplate.Parse("{% set _ = l.append(2) %}{{ l }}").Render(new Dictionary<string, object?> { ["l"] = list });
        Assert.Equal("[1, 2]", text);
        Assert.Single(list);
    }

    [Fact]
    public void Random_damage_is_refused_or_rendered()
    {
        const string Source = "{% macro m(a, b=[1, {'x': none}]) %}{{- a ~ b | tojson(indent=2) -}}{% endmacro %}{% for x in messages if x.role is defined %}{{ m(x['content'][1:]) }}{% else %}{# c #}{% endfor %}";
        for (int trial = 0; trial < 20_000; trial++)
        {
            char[] damaged = Source.ToCharArray();
            for (int i = 0; i < 3; i++)
            {
                damaged[Draw(trial, 2 * i)] = Source[Draw(trial, (2 * i) + 1)];
            }

            Exception? fault = Record.Exception(() => ChatTemplate.Parse(new string(damaged)).Render(s_messages, addGenerationPrompt: true));
            Assert.True(fault is null or ChatTemplateException, $"{fault?.GetType()} for {new string(damaged)}");
        }

        static int Draw(int trial, int index) => (int)(Philox.Uniform(1, (ulong)trial, (ulong)index) * Source.Length);
    }
}
