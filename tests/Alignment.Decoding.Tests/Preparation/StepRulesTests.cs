using Alignment.Compute.Contract.NextToken;
using Alignment.Decoding.Preparation;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Inference.Constraints;

namespace Alignment.Decoding.Tests.Preparation;

/// <summary>What may be drawn at which step. The miniature tokenizer's tokens are bytes.</summary>
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
        Assert.Same(s_rule, rules.Rule);
        Assert.Null(rules.Constraint());
        Assert.All(_tiny.Model.EndTokens, token => Assert.True(rules.Ends(token)));
        Assert.False(rules.Ends('x'));
    }

    [Fact]
    public void A_step_allocates_nothing_where_the_response_has_been_before()
    {
        IConstraint constraint = Rules(3, ["a", "bcd", "by"]).Constraint()!;
        Walk();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            Walk();
        }

        void Walk()
        {
            foreach (char letter in "lorem by bcd")
            {
                _ = constraint.Mask;
                constraint.Accept(letter);
            }

            foreach (char letter in "dcb yb merol")
            {
                constraint.Rewind(letter);
            }
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
        HashSet<int> expected = [.. forbidden.Split(' ').SelectMany(name => name == "End" ? _tiny.Model.EndTokens.ToArray() : [name[0]])];
        Assert.Equal(expected.Order(), Forbidden(After(Rules(3, ["a", "bcd", "by"]), response)));
    }

    /// <summary>A fork goes its own way from where it forked, and a rewind goes back to what was allowed there.</summary>
    [Fact]
    public void Forks_and_rewinds_stand_where_their_tokens_end()
    {
        StepRules rules = Rules(2, ["bcd", "by"]);
        IConstraint constraint = After(rules, "qqb");
        IConstraint fork = constraint.Fork();
        fork.Accept('c');
        Assert.Equal(['y'], Forbidden(constraint));
        Assert.Equal(['d'], Forbidden(fork));
        constraint.Rewind('b');
        constraint.Rewind('q');
        Assert.Equal(Forbidden(After(rules, "q")), Forbidden(constraint));
        Assert.Equal(['d'], Forbidden(fork));
    }

    [Fact]
    public void An_end_that_is_ignored_does_not_end_a_response_and_a_stop_token_does()
    {
        GenerationRequest request = s_request with { StopTokens = ['z'], Sampling = new SamplingSettings { IgnoreEos = true } };
        var rules = new StepRules(s_rule, request, _tiny.Model);
        Assert.All(_tiny.Model.EndTokens, token => Assert.False(rules.Ends(token)));
        Assert.True(rules.Ends('z'));
    }

    /// <summary>Steps of all responses that forbid the same tokens share one mask.</summary>
    [Fact]
    public void Only_what_completes_a_word_of_several_tokens_has_a_mask_of_its_own()
    {
        StepRules rules = Rules(0, ["a", "xa", "bc"]);
        TokenMask shared = After(rules, "").Mask!;
        Assert.Same(shared, After(rules, "q").Mask);
        Assert.Same(shared, After(rules, "qx").Mask);
        Assert.NotSame(shared, After(rules, "qb").Mask);
    }

    [Theory]
    [InlineData("b", "y z")]
    [InlineData("qb", "y z")]
    [InlineData("", "")]
    public void Words_that_begin_alike_are_all_kept_from_their_ends(string response, string forbidden)
        => Assert.Equal(
            forbidden.Replace(" ", "", StringComparison.Ordinal).Select(letter => (int)letter),
            Forbidden(After(Rules(0, ["by", "bz"]), response)));

    /// <summary>Behind a beginning there is nothing to forbid; behind a space it is the space.</summary>
    [Fact]
    public void A_blank_word_leaves_the_others_as_they_are()
        => Assert.Equal([' ', 'd'], Forbidden(After(Rules(0, [" ", "bcd"]), "bc")));

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
        Assert.Equal(['a'], Forbidden(After(rules, "")));
        Assert.Equal(['a', 'c'], Forbidden(After(rules, "b")));
    }

    [Fact]
    public async Task A_word_that_the_tokenizer_cannot_cut_is_a_problem_of_its_field()
    {
        await using var tiny = new TinyGenerator(change: TokenizerFile.CutByBacktracking);
        GenerationRequest request = s_request with { BadWords = [new string('a', 100_000) + "c"] };
        var refused = Assert.Throws<InvalidRequestException>(() => new StepRules(s_rule, request, tiny.Model));
        Assert.Equal("bad_words", Assert.Single(refused.Problems).Path);
    }

    /// <summary>The tokens that may not follow, in the order of their ids.</summary>
    private static IEnumerable<int> Forbidden(IConstraint constraint) => constraint.Mask is { } mask
        ? Enumerable.Range(0, mask.Vocabulary).Where(token => !mask[token])
        : [];

    private static IConstraint After(StepRules rules, string response)
    {
        IConstraint constraint = rules.Constraint()!;
        response.ToList().ForEach(letter => constraint.Accept(letter));
        return constraint;
    }

    private StepRules Rules(int minTokens, string[] words)
        => new(s_rule, s_request with { MinTokens = minTokens, BadWords = words, StopTokens = minTokens > 0 ? ['z'] : [] }, _tiny.Model);
}
