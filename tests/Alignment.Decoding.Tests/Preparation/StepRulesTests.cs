using Alignment.Compute.Contract.NextToken;
using Alignment.Decoding.Preparation;
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
}
