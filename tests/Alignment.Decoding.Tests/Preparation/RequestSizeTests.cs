using Alignment.Decoding.Methods.BestOfN;
using Alignment.Decoding.Preparation;
using Alignment.Decoding.Requests;
using Alignment.Inference;
using Alignment.Inference.Guides;

namespace Alignment.Decoding.Tests.Preparation;

/// <summary>Rows and lengths of requests, counted by hand.</summary>
public sealed class RequestSizeTests
{
    private static readonly GenerationRequest s_request = new() { Prompt = new TextPrompt("x"), Choices = 3 };
    private static readonly int[] s_prompt = new int[10];

    [Fact]
    public void Every_choice_costs_a_row_for_each_token_but_the_last_on_every_path()
    {
        Assert.Equal(10 + (3 * 4), RequestSize.Of(s_request, s_prompt, [], closing: 1).Rows(5));
        RequestSize contrasted = RequestSize.Of(s_request, s_prompt, [Contrast(7), Contrast(20)], closing: 1);
        Assert.Equal([10, 7, 20], contrasted.Prefixes);
        Assert.Equal(10 + 7 + 20 + (3 * 3 * 4), contrasted.Rows(5));
    }

    [Fact]
    public async Task An_adapter_reads_the_prompt_again_and_a_head_does_not()
    {
        await using var tiny = new TinyGenerator();
        Guide adapter = tiny.Rewards.CreateGuide("arm", 1), head = tiny.Rewards.CreateGuide("head", 1);
        Assert.Equal([10, 10], RequestSize.Of(s_request, s_prompt, [head, adapter], closing: 1).Prefixes);
        Assert.Equal((10, 0, 4), (RequestSize.Prefix(adapter, 10), RequestSize.Prefix(head, 10), RequestSize.Prefix(Contrast(4), 10)));
    }

    /// <summary>It computes as many rows as the served model, and has as many pages of its own.</summary>
    [Fact]
    public void Another_model_costs_the_rows_of_the_served_one_again_and_none_of_its_pages()
    {
        Guide other = new ModelGuide("other", null!, 1);
        RequestSize size = RequestSize.Of(s_request, s_prompt, [Contrast(7), other], closing: 1);
        Assert.Equal([10, 7], size.Prefixes);
        Assert.Equal(10 + 7 + 10 + (3 * 3 * 4), size.Rows(5));
        Assert.Equal(RequestSize.Of(s_request, s_prompt, [Contrast(7)], closing: 1).Pages(5, 5), size.Pages(5, 5));
        var search = new BestOfNSettings { Candidates = 8, Rewards = [new RewardTerm("value")] };
        GenerationRequest scored = s_request with { Alignment = new AlignmentSettings { Search = search } };
        Assert.Equal(8 * (1 + 2), RequestSize.Of(scored, s_prompt, [other], closing: 1).ExtraRows);
    }

    [Fact]
    public void Candidates_of_a_search_are_drawn_and_scored()
    {
        var search = new BestOfNSettings { Candidates = 8, Rewards = [new RewardTerm("value")] };
        RequestSize size = RequestSize.Of(
            s_request with { Alignment = new AlignmentSettings { Search = search } }, s_prompt, [], closing: 1);
        Assert.Equal((8, 16, 1), (size.Candidates, size.ExtraRows, size.Closing));
        Assert.Equal(10 + (8 * 4) + 16, size.Rows(5));
    }

    [Theory]
    [InlineData(true, 1, null, 9)]
    [InlineData(true, null, null, 0)]
    [InlineData(false, 1, null, 0)]
    [InlineData(false, null, 0, 9)]
    [InlineData(true, 1, 2, 9)]
    public void A_prompt_that_is_scored_is_computed_once_more_but_for_its_last_token(bool echo, int? top, int? apart, int rows)
    {
        GenerationRequest request = s_request with { Echo = echo, TopLogProbabilities = top, PromptLogProbabilities = apart };
        Assert.Equal(rows, RequestSize.Of(request, s_prompt, [], closing: 1).ExtraRows);
    }

    [Theory]
    [InlineData(25, 1000, 6)]
    [InlineData(24, 1000, 5)]
    [InlineData(9, 1000, 0)]
    [InlineData(10, 1000, 1)]
    [InlineData(12, 1000, 1)]
    [InlineData(13, 1000, 2)]
    [InlineData(1000, 13, 3)]
    [InlineData(1000, 10, 0)]
    [InlineData(int.MaxValue, 1_000_000, 20)]
    public void The_longest_response_is_what_budget_and_context_leave(long budget, int context, int longest)
    {
        RequestSize size = RequestSize.Of(s_request, s_prompt, [], closing: 1);
        var cache = new CacheSize(Pages: 100_000, PageBytes: 1, MaxLength: context, Positions: context);
        Assert.Equal(longest, size.Longest(20, budget, cache));
        Assert.True(longest == 0 || size.Fits(longest, budget, cache));
        Assert.Equal(longest == 20, size.Fits(longest + 1, budget, cache));
        Assert.Equal(0, size.Longest(-1, budget, cache));
    }

    [Theory]
    [InlineData(100, 100, (10 + 100 + 15) / 16)]
    [InlineData(100, 0, (10 + 100 + 15) / 16)]
    [InlineData(9000, 9000, (10 + 9000 + 15) / 16)]
    [InlineData(9000, 500, (10 + 500 + 15) / 16)]
    [InlineData(9000, 0, (10 + 256 + 15) / 16)]
    public void Pages_are_set_aside_for_the_length_that_was_asked_for_or_an_ordinary_one(int response, int asked, int pages)
        => Assert.Equal(pages, RequestSize.Of(s_request with { Choices = 1 }, s_prompt, [], 0).Pages(response, asked));

    private static PromptGuide Contrast(int length) => new(GuidanceSource.Prompt, new int[length], -1);
}
