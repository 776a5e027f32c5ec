using System.Diagnostics;
using Alignment.Compute.Contract.Random;
using Alignment.Templates.Limits;

namespace Alignment.Templates.Tests;

/// <summary>A template is a file from a stranger: it ends, in bounded memory, and sees nothing but its variables.</summary>
public sealed class HostileTemplatesTests
{
    private static readonly ChatMessage[] s_messages = [new("user", "hello")];

    private static readonly string[] s_attacks =
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% for a in range(99999) %}{{ 'x' * 99999 }}{% endfor %}",
        "{% set ns = namespace(t='x') %}{% for a in range(99) %}{% set ns.t = ns.t + ns.t %}{% endfor %}",
        "{% set t = 'x' * 9999999 %}{% for a in range(99999) %}{% if 'y' in t %}{% endif %}{% endfor %}",
        "{% set ns = namespace(a=[1],b=[1]) %}{% for i in range(40) %}{% set ns.a=[ns.a,ns.a] %}{% set ns.b=[ns.b,ns.b] %}{% endfor %}{{ "
        + "ns.a == ns.b }}",
        "{% set ns = namespace(a=[1],b=[1]) %}{% for i in range(40) %}{% set ns.a=[ns.a,ns.a] %}{% set ns.b=[ns.b,ns.b] %}{% endfor %}{{ "
        + "ns.a in [ns.b] }}",
        "{% set ns = namespace(a=[1],b=[1]) %}{% for i in range(40) %}{% set ns.a=[ns.a,ns.a] %}{% set ns.b=[ns.b,ns.b] %}{% endfor %}{{ "
        + "[ns.a,ns.b]|sort }}",
        "{% set ns = namespace(a=[1]) %}{% for i in range(40) %}{% set ns.a=[ns.a,ns.a] %}{% endfor %}{{ ns.a }}",
        "{% set ns = namespace(a=[1]) %}{% for i in range(40) %}{% set ns.a=[ns.a,ns.a] %}{% endfor %}{{ ns.a|tojson }}",
        "{% set ns = namespace(a=[1]) %}{% for i in range(40) %}{% set ns.a=[ns.a,ns.a] %}{% endfor %}{% set z = '' ~ ns.a %}",
        "{% set t = 'x' * 9999999 %}{% for a in range(99999) %}{% set z = 'a'.replace('b', t) %}{% set z = 'ab'.find(t) %}{% set z = "
        + "'a'.startswith(t) %}{% set z = 'a'.split(t) %}{% set z = 'x'.strip(t) %}{% endfor %}",
        "{% set t = 'x' * 999999 %}{% for a in range(99999) %}{% set z = 'a'.strip(t) %}{% endfor %}",
        "{% set t = 'x' * 9999999 %}{% set d = {t: 1} %}{% for a in range(99999) %}{% set z = d[t] %}{% set z = d.get(t) %}{% endfor %}",
        "{% set t = 'x' * 9999999 %}{% for a in range(99999) %}{% set z = {t: 1} %}{% endfor %}",
        "{% set t = '\\n' * 99999 %}{% for a in range(99999) %}{% set z = t | indent(64) %}{% endfor %}",
        "{{ 'a\\nb' | indent(10 ** 9) }}",
        "{{ [[[[[[[]]]]]]] | tojson(indent=10 ** 8) }}",
        "{% set t = 'x' * 9999999 %}{{ [[[[[[[[[[[[[[[1]]]]]]]]]]]]]]] | tojson(indent=t) }}",
        "{% set t = 'x' * 9999999 %}{% for a in range(999) %}{% set z = t | list %}{% endfor %}",
        "{% set t = 'x ' * 9999999 %}{% for a in range(999) %}{% set z = t.split() %}{% endfor %}",
        "{% set l = ['x' * 99999] * 99999 %}{{ l | join }}",
        "{% set t = 'x' * 999999 %}{{ t.replace('', t) }}",
        "{% set t = 'a' * 999999 %}{% set p = 'a' * 99999 ~ 'b' %}{% for a in range(999) %}{{ t.find(p) }}{% endfor %}",
        "{% set t = ('a' * 500 ~ 'c' ~ 'a' * 499) * 2000 %}{% set p = 'a' * 500 ~ 'b' ~ 'a' * 499 %}{% for a in range(999) %}{{ p in t "
        + "}}{% endfor %}",
        "{{ 'a'.center(10 ** 12) }}",
        "{{ '{:999999999}'.format('a') }}",
        "{% for a in range(99999) %}{% set z = '{:9999999}'.format('a') %}{% endfor %}",
        "{% for a in range(99999) %}{% set z = '%9999999s' % 'a' %}{% endfor %}",
        "{{ '{:09999999,}'.format(1) }}",
        "{% for a in range(99999) %}{% set z = 3 ** 8000 %}{% endfor %}",
        "{% for a in range(99999) %}{% set z = (3 ** 8000) | string %}{% endfor %}",
        "{% set ns = namespace(f=1) %}{% for a in range(99999) %}{% set ns.f = ns.f * (a + 1) %}{% endfor %}",
        "{% set l = [] %}{% for a in range(99999) %}{% set z = l.append('x' * 9999) %}{% endfor %}{{ l | join }}",
        "{% set l = [1] %}{% for a in range(99) %}{% set z = l.extend(l) %}{% endfor %}",
        "{% for a in range(9999) %}{% set z = range(99999) | sort(reverse=true) %}{% endfor %}",
        "{% set l = ['x' * 999999] * 9999 %}{{ l | sort }}",
        "{% set l = ['x' * 999999] * 9999 %}{{ l | unique }}",
        "{% set t = 'é' * 999999 %}{% for a in range(999) %}{% set z = t | upper %}{% endfor %}",
        "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m(n) %}{% if n > 0 %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
        "{% for x in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}",
        "{% set l = range(99999) %}{% for a in range(99999) %}{% set z = l[::-1] %}{% endfor %}",
        "{% set t = '😀' * 99999 %}{% for a in range(99999) %}{% set z = t[99000] %}{% endfor %}",
        "{% macro m() %}{{ varargs }}{% endmacro %}{% set l = range(99999) %}{% for a in range(999) %}{% set z = m(*l) %}{% endfor %}",
        "{% for a in range(99999) %}{% set z = '{:.400f}'.format(1e308) %}{% endfor %}",
        "{% for a in range(99999) %}{% set z = 1e-300 | round(300) %}{% endfor %}",
        "{% set p = 'a.' * 999999 %}{{ [{}] | map(attribute=p) | list }}",
        "{% for a in range(9999) %}{% set z = strftime_now('%Y' * 9999) %}{% endfor %}",
        "{{ '\\t'.expandtabs(10 ** 12) }}",
        "{% set t = {'a': range(99999)} %}{% for a in range(99999) %}{% if loop.changed(range(9999)) %}{% endif %}{% endfor %}",
        "{{ ([[1] * 999] * 9999) | sum(start=[]) }}",
        "{{ '%s' * 99999 % (('x' * 9999,) * 99999) }}",
        "{% set d = dict() %}{% for a in range(9999) %}{% set z = d.update({a: 1}) %}{% endfor %}{% for a in range(9999) %}{% set z = "
        + "d.items() %}{% endfor %}",
        "{% set t = 'x y ' * 999999 %}{% for a in range(999) %}{% set z = t | wordcount %}{% endfor %}",
        "{% set t = '1' * 7000 %}{% for a in range(99999) %}{% set z = t | int %}{% endfor %}",
        "{% set l = range(99999) | list %}{% for a in l %}{% for b in l %}{% endfor %}{% endfor %}",
        "{% set t = 'x' * 9999999 %}{% set d = {} %}{% for a in range(99999) %}{% if d[t] %}{% endif %}{% if [][t] %}{% endif %}{% "
        + "endfor %}",
        "{% set l = [''] * 999999 %}{% for a in range(99999) %}{% set z = 'x'.join(l) %}{% set z = ''.join(l) %}{% endfor %}",
        "{% set t = 'a' * 999999 %}{% for a in range(99999) %}{% set z = t.replace('a', '') %}{% endfor %}",
        "{% set t = '1' * 999999 %}{% for a in range(99999) %}{% set z = t.isdigit() %}{% endfor %}",
        "{% set ns = namespace() %}{% set ns.a = ns %}{% set p = '{0' ~ '.a' * 99999 ~ '}' %}{% for a in range(99999) %}{% set z = "
        + "p.format(ns) %}{% endfor %}",
        "{% for a in range(99999) %}{% for b in range(99999) %}{% set z = 'a'.upper %}{% endfor %}{% endfor %}",
        "{% set t = 'a\\t' * 499999 %}{% for b in range(99999) %}{% set z = t.expandtabs(1) %}{% endfor %}",
        "{% set ns = namespace(t='x' * 600) %}{% for i in range(99999) %}{% set ns.t = ns.t ~ 'y' %}{% if ns.t == 'z' %}{% endif %}{% "
        + "endfor %}",
        "{% for b in range(99999) %}{% for c in range(99999) %}{% set z = namespace(a=1) %}{% set z = dict(a=1) %}{% endfor %}{% endfor %}",
        "{% macro m(a, b=1) %}{% endmacro %}{% for a in range(99999) %}{% for b in range(99999) %}{{ m(a) }}{% endfor %}{% endfor %}",
        "{% set t = '\"' * 999999 %}{% for a in range(99999) %}{% set z = t | tojson %}{% endfor %}",
        "{% set t = 'Σ' * 99999 %}{% for b in range(9999) %}{% set z = t.title() %}{% endfor %}",
        "{% for a in range(99999) %}{% set z = [" + Repeated("[],", 2000) + "] %}{% endfor %}",
        "{% for a in range(99999) %}{% set z = {" + string.Join(',', Enumerable.Range(0, 1000).Select(i => $"{i}: {{}}"))
            + "} %}{% endfor %}",
        "{% for a in range(99999) %}" + string.Concat(Enumerable.Range(0, 5000).Select(i => $"{{% set a{i} = 1 %}}")) + "{% endfor %}",
    ];

    public static TheoryData<string> Attacks => [.. s_attacks];

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
    [InlineData(
        "{% set l = [1] %}{% for a in l %}{% endfor %}{% for a in range(40) %}{% for b in l[:] %}{% set _ = l.append(l) %}{% endfor %}{% "
        + "endfor %}")]
    [InlineData("{% set l = [] %}{% set _ = l.append(l) %}{{ l }}")]
    [InlineData("{% set l = [] %}{% set _ = l.append(l) %}{{ l | tojson }}")]
    [InlineData("{% set l = [] %}{% set k = [] %}{% set _ = l.append(k) %}{% set _ = k.append(l) %}{{ l == k }}")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{% for x in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}")]
    [InlineData("{{ 'abc'.__class__.__mro__ }}")]
    [InlineData("{{ messages[0].GetType() }}")]
    [InlineData("{{ 1 // 0 }}")]
    [InlineData("{{ 7 ** (7 ** 7) }}")]
    [InlineData("{{ [3, 'a'] | sort }}")]
    [InlineData("{{ {'a': 1} < {'b': 1} }}")]
    [InlineData("{{ missing.name }}")]
    [InlineData("{{ raise_exception('no') }}")]
    [InlineData("{{ strftime_now(3) }}")]
    public void Rendering_ends_with_one_clear_error(string template)
    {
        ChatTemplate parsed = ChatTemplate.Parse(template);
        Assert.Throws<ChatTemplateException>(() => parsed.Render(s_messages, addGenerationPrompt: true));
    }

    /// <summary>Named, so that a slow one is known: each ends in about half a second, dead values included in less than 200 MB.</summary>
    [Theory]
    [MemberData(nameof(Attacks))]
    public void An_attack_ends_soon_and_in_little_memory(string template)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(template).Render(s_messages, addGenerationPrompt: true));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000_000);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 10);
    }

    [Fact]
    public void Parsing_is_linear()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        string[] templates =
        [
            "{{ " + Repeated("'a' ", 60_000) + " }}", "{{ 1" + Repeated("|abs", 60_000) + " }}", "{{ f" + Repeated("()", 100_000) + " }}",
            "{{ a" + Repeated(".b", 100_000)
                + " }}", "{{ [" + Repeated("[],", 80_000)
                + "] }}", Repeated("{{a}}", 50_000), Repeated("{%if a%}{%endif%}", 15_000),
        ];
        Assert.All(templates, template => Assert.NotNull(ChatTemplate.Parse(template)));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 400_000_000);
    }

    [Theory]
    [InlineData("{{ 2.5 | round(digits=1) }}", "round has no argument 'digits'")]
    [InlineData("{{ [1] | sum(begin=1) }}", "sum has no argument 'begin'")]
    [InlineData("{{ '1' | int(radix=2) }}", "int has no argument 'radix'")]
    [InlineData("{{ 'a'.splitlines(keep=true) }}", "splitlines has no argument 'keep'")]
    [InlineData("{{ 1 | tojson(indents=2) }}", "tojson has no argument 'indents'")]
    [InlineData("{{ 'a'.upper(1) }}", "upper takes at most 0 arguments, not 1")]
    [InlineData("{{ 'a'.replace('a') }}", "replace needs the argument 'new'")]
    [InlineData("{{ 'a'.replace('a', 'b', old='c') }}", "replace is given 'old' twice")]
    [InlineData("{{ 'a'.replace('a', 1) }}", "the argument 'new' of replace must be a string, not an integer")]
    [InlineData("{{ 'a'.translate({}) }}", "the undefined 'translate' cannot be called")]
    [InlineData("{% macro m(a) %}{% endmacro %}{{ m(b=1) }}", "the macro 'm' has no argument 'b'")]
    [InlineData("{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}", "the macro 'm' takes at most 1 arguments, not 2")]
    [InlineData("{{ [3, 'a'] | sort }}", "cannot order a string and an integer")]
    [InlineData("{{ strftime_now('%Q') }}", "strftime_now does not know %Q")]
    [InlineData("{{ ''.__class__ }}", "the attribute '__class__' is not safe")]
    [InlineData("{{ 3 ** 9999 }}", "an integer has more than 4096 bits")]
    public void What_is_not_known_is_refused_by_name(string template, string fault) => Assert.Contains(
        fault, Assert.Throws<ChatTemplateException>(
            () => ChatTemplate.Parse(template).Render(s_messages, addGenerationPrompt: true)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_client_that_leaves_ends_the_rendering()
    {
        ChatTemplate endless = ChatTemplate.Parse("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}");
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<OperationCanceledException>(
            () => endless.Render(s_messages, addGenerationPrompt: true, cancellation: cancelled.Token));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8_000_000);
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
    [InlineData("{{ 0x }}", "expected '}}' but found 'x'")]
    [InlineData("{% block a %}{% endblock %}{% block a %}{% endblock %}", "defined twice")]
    [InlineData("{{ '\\N{BULLET}' }}", "not supported")]
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
        string text = ChatTemplate.Parse("{% set _ = l.append(2) %}{{ l }}").Render(new Dictionary<string, object?> { ["l"] = list }).Text;
        Assert.Equal("[1, 2]", text);
        Assert.Single(list);
    }

    [Fact]
    public void Random_damage_is_refused_or_rendered()
    {
        const string Source =
            "{% macro m(a, b=[1, {'x': none}]) %}{{- a ~ b | tojson(indent=2) -}}{% endmacro %}{% for x in messages if x.role is defined "
            + "%}{{ m(x['content'][1:]) }}{% else %}{# c #}{% endfor %}";
        for (int trial = 0; trial < 20_000; trial++)
        {
            char[] damaged = Source.ToCharArray();
            for (int i = 0; i < 3; i++)
            {
                damaged[Draw(trial, 2 * i)] = Source[Draw(trial, (2 * i) + 1)];
            }

            Exception? fault = Record.Exception(
                () => ChatTemplate.Parse(new string(damaged)).Render(s_messages, addGenerationPrompt: true));
            Assert.True(fault is null or ChatTemplateException, $"{fault?.GetType()} for {new string(damaged)}");
        }

        static int Draw(int trial, int index) => (int)(Philox.Uniform(1, (ulong)trial, (ulong)index) * Source.Length);
    }

    private static string Repeated(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}
