using Alignment.Models.Tokenization.Expressions;

namespace Alignment.Models.Tests.Tokenization;

/// <summary>What expressions mean where libraries differ, what is refused, and what the worst of them cost.</summary>
public sealed class ExpressionTests
{
    [Theory]
    [InlineData(".", "a\n\U0001D44E", "a|\U0001D44E")]
    [InlineData("(?m:.)", "a\n", "a|\n")]
    [InlineData("[^a]", "a\U0001F600b", "\U0001F600|b")]
    [InlineData(@"\p{L}+", "a\U0001D44E1\U0001F600", "a\U0001D44E")]
    [InlineData("^a", "aa\na", "a|a")]
    [InlineData("a$", "aa\na\n", "a|a")]
    [InlineData(@"a\Z", "a\na\n", "a")]
    [InlineData(@"a\z", "a\na\n", "")]
    [InlineData(@"\w+", "a\u0301_\u0663-\u24B6\u00B2", "a\u0301_\u0663|\u24B6\u00B2")]
    [InlineData(@"[\w]+", "\u24B6\u00B2", "\u24B6")]
    [InlineData(@"\h+", "0fg", "0f")]
    [InlineData("(?i:'s)", "'S'\u017F", "'S|'\u017F")]
    [InlineData("(?i:k)", "kK\u212A", "k|K|\u212A")]
    [InlineData("b(?i)a|s", "bAbSs", "bA|bS")]
    [InlineData("a++a", "aaa", "")]
    [InlineData("a{1,2}+", "aaaaa", "aaaaa")]
    [InlineData("a{,2}", "aaab", "aa|a|")]
    [InlineData("(?>a|ab)c", "abc", "")]
    [InlineData("[a[bc]]+", "abcd", "abc")]
    [InlineData("[a-d&&[^b]]+", "abcd", "a|cd")]
    [InlineData("[[:punct:]]+", "a$-", "$-")]
    [InlineData("(?<=\U0001D44E)a", "a\U0001D44Ea", "a")]
    [InlineData("(?<!b)a", "aba", "a")]
    [InlineData("a*", "baab", "|aa|")]
    public void Expressions_mean_what_they_mean_to_the_original(string expression, string text, string matches) =>
        Assert.Equal(
            matches,
            string.Join('|', Expression.Parse(expression).Matches(text).Select(match => text.Substring(match.Start, match.Length))));

    [Theory]
    [InlineData(@"(a)\1", @"\1")]
    [InlineData(@"\k<n>", @"\k")]
    [InlineData(@"\R", @"\R")]
    [InlineData(@"\X", @"\X")]
    [InlineData(@"\K", @"\K")]
    [InlineData(@"\G", @"\G")]
    [InlineData(@"\Qa\E", @"\Q")]
    [InlineData(@"\p{Alphabetic}", "Alphabetic")]
    [InlineData(@"\p{IsGreek}", "IsGreek")]
    [InlineData(@"\pL", "braces")]
    [InlineData("[[:alpha:]]", "alpha")]
    [InlineData("(?x: a)", "group")]
    [InlineData("(?is:a)", "'s'")]
    [InlineData("(?~a)", "group")]
    [InlineData("(?(1)a)", "group")]
    [InlineData("(*FAIL)", "group")]
    [InlineData("(?P<n>a)", "group")]
    [InlineData("(?i:ss)", "ss")]
    [InlineData("(?i:ST)", "ST")]
    [InlineData("(?i:ß)", "beyond ASCII")]
    [InlineData("(?i:[à-ü])", "beyond ASCII")]
    [InlineData("(?:a?)*", "empty")]
    [InlineData("(?:a*){2}", "empty")]
    [InlineData("a{2}?", "{n}?")]
    [InlineData("a**", "repetition")]
    [InlineData("^*", "place")]
    [InlineData("a{1000}", "256")]
    [InlineData("a{2,1}", "{n,m}")]
    [InlineData("{", "repeat")]
    [InlineData("*", "repeat")]
    [InlineData("[a", "early")]
    [InlineData("[]", "empty")]
    [InlineData("[a&&]", "empty")]
    [InlineData(@"[a[^\s\S]]", "no character")]
    [InlineData("[b-a]", "range")]
    [InlineData(@"[a-\d]", @"\d")]
    [InlineData("[a-c-e]", "'-'")]
    [InlineData("(a", "')'")]
    [InlineData("a)", "'('")]
    [InlineData("a\\", "early")]
    [InlineData(@"\xff", "byte")]
    [InlineData(@"\x{110000}", "number")]
    [InlineData(@"\ud800", "number")]
    [InlineData("(?<=a*)b", "look-behind")]
    public void What_is_not_supported_is_refused_by_name(string expression, string named)
    {
        ExpressionException fault = Assert.Throws<ExpressionException>(() => Expression.Parse(expression));
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(?:a{256}){256}")]
    [InlineData("(?<=(?:(?:(?:(?:a|b){9}){9}){9}){9})c")]
    [InlineData("(?:(?:(?:(?:(?:a|b){99}){99}){99}){99}){99}")]
    public void Expressions_of_absurd_size_are_refused_at_once(string expression) =>
        Assert.Throws<ExpressionException>(() => Expression.Parse(expression));

    [Fact]
    public void Nesting_has_a_bound()
    {
        Assert.Throws<ExpressionException>(() => Expression.Parse(new string('(', 2000) + new string(')', 2000)));
        Assert.Throws<ExpressionException>(() => Expression.Parse(new string('[', 2000) + "a" + new string(']', 2000)));
        Assert.Throws<ExpressionException>(() => Expression.Parse(new string('a', 5000)));
    }

    /// <summary>Each of them takes a backtracking engine exponential or at least cubic time.</summary>
    [Theory]
    [InlineData("(a+)+$")]
    [InlineData("(?:a|a)+b")]
    [InlineData("(?:a|aa)+$")]
    [InlineData("(?:a+a+)+b")]
    [InlineData("a*a*a*a*a*a*b")]
    [InlineData("(?:(?:a+)+)+(?!.)b")]
    public void Hopeless_tries_are_not_repeated(string expression)
    {
        string text = new string('a', 100_000) + "c";
        Assert.Empty(Expression.Parse(expression).Matches(text));
    }

    [Theory]
    [InlineData("a++b")]
    [InlineData("a(?=a*c)d")]
    public void What_is_tried_again_after_it_succeeded_is_bounded(string expression)
    {
        ExpressionException fault = Assert.Throws<ExpressionException>(
            () => Expression.Parse(expression).Matches(new string('a', 100_000) + "c").Count());
        Assert.Contains("too many steps", fault.Message, StringComparison.Ordinal);
    }
}
