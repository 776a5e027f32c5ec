using Alignment.Compute.Contract.NextToken;
using Alignment.Decoding.Preparation;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Tests.Preparation;

/// <summary>Which rule draws which step. The miniature tokenizer's tokens are bytes.</summary>
public sealed class StepRulesTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly NextTokenRule s_rule = new() { Bias = [new TokenBias('x', 2), new TokenBias('y', 1)] };
    private static readonly GenerationRequest s_request = new() { Prompt = new TextPrompt("x") };

    private readonly TinyGenerator _tiny = new();

    public Task InitializeAsync() => Task.CompletedTask;

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    public ValueTask DisposeAsync() => _tiny.DisposeAsync();

    [Fact]
    public void Where_nothing_is_asked_for_the_requests_own_rule_draws_every_step()
    {
        var rules = new StepRules(s_rule, s_request, _tiny.Model);
        Assert.Same(s_rule, rules.Next([]));
        Assert.Same(s_rule, rules.Next([1, 2, 3]));
        Assert.All(_tiny.Model.EndTokens, token => Assert.True(rules.Ends(token)));
        Assert.False(rules.Ends('x'));
    }

    [Fact]
    public void A_step_that_completes_nothing_allocates_nothing()
    {
        var rules = new StepRules(s_rule, s_request with { MinTokens = 3, BadWords = ["a", "bcd", "by"], StopTokens = ['z'] }, _tiny.Model);
        int[] response = [.. "lorem ipsum".Select(letter => (int)letter)];
        rules.Next(response);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000; i++)
        {
            rules.Next(response.AsSpan(0, i % response.Length));
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("", "a z End")]
    [InlineData("qb", "a y z End")]
    [InlineData("qbc", "a d")]
    [InlineData("qqb", "a y")]
    [InlineData("qqbcd", "a")]
    [InlineData("qq ", "a")]
    public void A_token_is_forbidden_once_and_only_where_it_would_do_harm(string response, string forbidden)
    {
        var rules = new StepRules(s_rule, s_request with { MinTokens = 3, BadWords = ["a", "bcd", "by"], StopTokens = ['z'] }, _tiny.Model);
        IReadOnlyList<TokenBias> bias = rules.Next([.. response.Select(letter => (int)letter)]).Bias;
        HashSet<int> expected = [.. forbidden.Split(' ').SelectMany(name => name == "End" ? _tiny.Model.EndTokens.ToArray() : [name[0]])];
        Assert.Equal(expected.Order(), bias.Where(entry => float.IsNegativeInfinity(entry.Value)).Select(entry => entry.Token).Order());
        Assert.Equal(bias.Count, bias.Select(entry => entry.Token).Distinct().Count());
        Assert.Contains(new TokenBias('x', 2), bias);
    }

    [Fact]
    public void An_end_that_is_ignored_does_not_end_a_response_and_a_stop_token_does()
    {
        GenerationRequest request = s_request with { StopTokens = ['z'], Sampling = new SamplingSettings { IgnoreEos = true } };
        var rules = new StepRules(s_rule, request, _tiny.Model);
        Assert.All(_tiny.Model.EndTokens, token => Assert.False(rules.Ends(token)));
        Assert.True(rules.Ends('z'));
    }

    /// <summary>Steps that forbid the same tokens share one rule: a backend may keep what it made of it.</summary>
    [Fact]
    public void Only_what_completes_a_word_of_several_tokens_has_a_rule_of_its_own()
    {
        var rules = new StepRules(s_rule, s_request with { BadWords = ["a", "xa", "bc"] }, _tiny.Model);
        Assert.Same(rules.Next([]), rules.Next(['q']));
        Assert.Same(rules.Next([]), rules.Next(['q', 'x']));
        Assert.NotSame(rules.Next([]), rules.Next(['q', 'b']));
    }

    [Theory]
    [InlineData("b", "y z")]
    [InlineData("qb", "y z")]
    [InlineData("", "")]
    public void Words_that_begin_alike_are_all_kept_from_their_ends(string response, string forbidden)
        => Assert.Equal(forbidden.Split(' ', StringSplitOptions.RemoveEmptyEntries), Forbidden(["by", "bz"], response));

    /// <summary>Behind a beginning there is nothing to forbid; behind a space it is the space.</summary>
    [Fact]
    public void A_blank_word_leaves_the_others_as_they_are()
        => Assert.Equal([" ", "d"], Forbidden([" ", "bcd"], "bc"));

    /// <summary>What the tokenizer puts around a prompt is no part of a word.</summary>
    [Fact]
    public async Task A_word_is_spelled_without_what_begins_a_prompt()
    {
        await using var marked = new TinyGenerator(change: folder => TokenizerFile.Change(folder, "post_processor", """
            {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<|endoftext|>"}}, {"Sequence": {"id": "A"}}],
             "special_tokens": {"<|endoftext|>": {"ids": [256]}}}
            """));
        Assert.Equal([256, 'a'], marked.Model.Tokenizer.Encode("a"));
        var rules = new StepRules(new NextTokenRule(), s_request with { BadWords = ["a", "bc"] }, marked.Model);
        Assert.Equal([new TokenBias('a', float.NegativeInfinity)], rules.Next([]).Bias);
        Assert.Contains(new TokenBias('c', float.NegativeInfinity), rules.Next(['b']).Bias);
    }

    [Fact]
    public async Task A_word_that_the_tokenizer_cannot_cut_is_a_problem_of_its_field()
    {
        await using var tiny = new TinyGenerator(change: TokenizerFile.CutByBacktracking);
        GenerationRequest request = s_request with { BadWords = [new string('a', 100_000) + "c"] };
        var refused = Assert.Throws<InvalidRequestException>(() => new StepRules(s_rule, request, tiny.Model));
        Assert.Equal("bad_words", Assert.Single(refused.Problems).Path);
    }

    /// <summary>Texts of the tokens that may not follow a response.</summary>
    private IEnumerable<string> Forbidden(string[] words, string response)
        => new StepRules(s_rule, s_request with { BadWords = words }, _tiny.Model).Next([.. response.Select(letter => (int)letter)]).Bias
            .Where(entry => float.IsNegativeInfinity(entry.Value)).Select(entry => $"{(char)entry.Token}").Order(StringComparer.Ordinal);
}
