using Alignment.Templates.Limits;

namespace Alignment.Templates.Tests;

/// <summary>The language piece by piece; every expectation is what Python's Jinja 3.1 prints.</summary>
public sealed class LanguageTests
{
    private static readonly Dictionary<string, object?> s_variables = new()
    {
        ["name"] = "Ada",
        ["n"] = 7,
        ["items"] = new List<object?> { 3, 1, 2 },
        ["map"] = new Dictionary<string, object?> { ["b"] = 1, ["a"] = new List<object?> { true, null, 1.5, "x'y" } },
        ["people"] = new List<object?> { Person("Bo", 3), Person("Al", 5), Person("Cy", 4) },
    };

    [Theory]
    [InlineData("{{ 1 + 2 * 3 ** 2 // 4 - 7 % 4 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** -1 }}", "2 -4 2 3.5 0.5")]
    [InlineData(
        "{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 'a' in 'cat' }} {{ 5 not in items }} {{ 1 == 1.0 == true }}", "True False True True True")]
    [InlineData(
        "{{ name ~ 1 ~ none }} {{ 'ab' * 3 }} {{ 'a' 'b' }} {{ [1] + [2] }} {{ (1, 'x') }} {{ (1,) }}",
        "Ada1None ababab ab [1, 2] (1, 'x') (1,)")]
    [InlineData("{{ '' or 'x' }} {{ 'y' and 0 }} {{ not '' }} {{ 'a' if n > 5 else 'b' }}|{{ 'a' if n > 9 }}|", "x 0 True a||")]
    [InlineData("{{ map }}", "{'b': 1, 'a': [True, None, 1.5, \"x'y\"]}")]
    [InlineData("{{ map | tojson }} {{ map.a[::2] | tojson }}", "{\"b\": 1, \"a\": [true, null, 1.5, \"x'y\"]} [true, 1.5]")]
    [InlineData("{{ {'k': [1], 'e': []} | tojson(indent=2) }}", "{\n  \"k\": [\n    1\n  ],\n  \"e\": []\n}")]
    [InlineData("{{ 1.0 }} {{ 100000000000000000.0 }} {{ 0.00001 }} {{ 0.1 + 0.2 }}", "1.0 1e+17 1e-05 0.30000000000000004")]
    [InlineData(
        "{{ items[0] }}{{ items[-1] }} {{ items[5] }}|{{ 'héllo😀!'[5] }} {{ 'héllo😀!'[::-1] }} {{ 'abc'[1:] }}{{ items[:-1] }}",
        "32 |😀 !😀olléh bc[3, 1]")]
    [InlineData(
        "{{ 'héllo😀' | length }} {{ items | sort }} {{ items | first }}{{ items | last }} {{ items | join(', ') }} {{ items | sum }} {{ "
        + "items | max }}",
        "6 [1, 2, 3] 32 3, 1, 2 6 3")]
    [InlineData(
        "{{ people | selectattr('age', 'gt', 3) | map(attribute='name') | list }} {{ people | map(attribute='nope', default='-') | join }}",
        "['Al', 'Cy'] ---")]
    [InlineData(
        "{{ people | sort(attribute='age', reverse=true) | map(attribute='name') | join(' ') }} {{ map | dictsort | first }}",
        "Al Cy Bo ('a', [True, None, 1.5, \"x'y\"])")]
    [InlineData(
        "{{ missing | default('d') }} {{ '' | default('d', true) }} {{ missing is defined }} {{ name is string and n is number }} [{{ "
        + "missing }}]",
        "d d False True []")]
    [InlineData(
        "{{ '  x ' | trim }}|{{ '\\n x'.lstrip('\\n') }}|{{ 'a,b,,c'.split(',', 1) }} {{ ' a  b '.split() }} {{ 'xax'.strip('x') }}",
        "x| x|['a', 'b,,c'] ['a', 'b'] a")]
    [InlineData(
        "{{ 'hello world' | title }} {{ 'hELLO' | capitalize }} {{ 'a-b' | replace('-', '+') }} {{ 'aaa'.replace('a', 'b', 2) }} {{ '3' "
        + "| int + 1 }} {{ 2.7 | int }}",
        "Hello World Hello a+b bba 4 2")]
    [InlineData("{{ 'a\\nb' | indent(2) }}|{{ 'a\\nb' | indent(2, true) }}", "a\n  b|  a\n  b")]
    [InlineData(
        "{{ '<b>' | e }} {{ n is odd }} {{ n is divisibleby 7 }} {{ 3 is in items }} {{ none is none }} {{ n is not none }}",
        "&lt;b&gt; True True True True True")]
    [InlineData(
        "{{ map.items() | list | length }} {{ map.get('zz', 'q') }} {{ map.keys() | list }} {{ map['b'] }} {{ map.zz is undefined }}",
        "2 q ['b', 'a'] 1 True")]
    [InlineData(
        "{{ -1 | abs }} {{ 'x' if 'b' in map }} {{ 1.5 | round }} {{ 'ab' | list }} {{ 'abc' | reverse }} {{ [1, 1, 2] | unique | list }}",
        "1 x 2.0 ['a', 'b'] cba [1, 2]")]
    public void Expressions(string template, string expected) => Assert.Equal(expected, Render(template));

    [Theory]
    [InlineData("{% for x in items %}{{ loop.index }}{{ x }}{% if not loop.last %},{% endif %}{% endfor %}", "13,21,32")]
    [InlineData(
        "{% for x in items if x > 1 %}{{ x }}{{ loop.length }}{% else %}none{% endfor %}{% for x in [] %}a{% else %}none{% endfor %}",
        "3222none")]
    [InlineData("{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}{{ v }}{% endfor %}", "a1b2")]
    [InlineData(
        "{% for x in range(9) %}{% if x == 2 %}{% continue %}{% endif %}{% if x == 5 %}{% break %}{% endif %}{{ x }}{% endfor %}", "0134")]
    [InlineData("{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{% endfor %}{{ x }}{% if true %}{% set x = 3 %}{% endif %}{{ x }}", "13")]
    [InlineData("{% set ns = namespace(c=0) %}{% for i in range(3) %}{% set ns.c = ns.c + i %}{% endfor %}{{ ns.c }}", "3")]
    [InlineData(
        "{% macro m(a, b='x') %}<{{ a }}{{ b }}{{ varargs }}>{% endmacro %}{{ m(1) }}{{ m(1, b=2) }}{{ m(1, 2, 3) }}",
        "<1x()><12()><12(3,)>")]
    [InlineData("{% macro m() %}[{{ caller('q') }}]{% endmacro %}{% call(z) m() %}{{ z }}!{% endcall %}", "[q!]")]
    [InlineData("{% set a, b = 1, 2 %}{{ b }}{{ a }}{% set t %}x{{ a }}{% endset %}{{ t }}{% filter upper %}abc{% endfilter %}", "21x1ABC")]
    [InlineData("{% for x in [[1, [2]], [3, []]] recursive %}{{ x if x is number else '(' ~ loop(x) ~ ')' }}{% endfor %}", "(1(2))(3())")]
    [InlineData("{% generation %}kept{% endgeneration %}{% raw %}{{ raw }}{% endraw %}{# gone #}.", "kept{{ raw }}.")]
    [InlineData(
        "{% for c in 'ab' %}{{ loop.cycle('x', 'y') }}{{ loop.previtem }}{{ loop.nextitem }}{{ loop.revindex0 }}{% endfor %}", "xb1ya0")]
    public void Statements(string template, string expected) => Assert.Equal(expected, Render(template));

    [Theory]
    [InlineData("a\n  {% if true %}\n  b\n  {% endif %}\nc\n", "a\n  b\nc")]
    [InlineData("a\n  {%- if true -%}\n  b\n  {%- endif %}\nc", "abc")]
    [InlineData("  {{ 1 }}\n  {{- 2 -}}\n x", "  12x")]
    [InlineData("x {% set a = 1 %}\ny\n   {#- c -#}\n z", "x yz")]
    [InlineData("a  {%+ if true %}b{% endif +%}\nc", "a  b\nc")]
    [InlineData("{{ '}}' }}{{ {'a': {'b': 1}}['a']['b'] }}\r\nx", "}}1\nx")]
    public void White_space(string template, string expected) => Assert.Equal(expected, Render(template));

    private static string Render(string template) => ChatTemplate.Parse(template).Render(s_variables).Text;

    private static Dictionary<string, object?> Person(string name, int age) => new() { ["name"] = name, ["age"] = age };
}
