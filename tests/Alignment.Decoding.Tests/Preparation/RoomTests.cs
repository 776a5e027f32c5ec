using Alignment.Decoding.Methods.BestOfN;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Inference;

namespace Alignment.Decoding.Tests.Preparation;

/// <summary>
/// What is accepted runs to its end, alone in the cache without losing a page; what can never fit is refused under the name of what is too
/// much.
/// </summary>
public sealed class RoomTests
{
    private const int Pages = 12;
    private const int Context = 12 * 16;

    [Theory]
    [InlineData(1, false, 0, 20)]
    [InlineData(1, true, 0, 33)]
    [InlineData(1, true, 40, 33)]
    [InlineData(3, false, 0, 32)]
    [InlineData(2, true, 17, 31)]
    [InlineData(4, false, 0, 16)]
    public async Task The_longest_response_that_is_accepted_fits_and_one_token_more_is_refused(
        int n, bool adapter, int contrast, int prompt)
    {
        await using var tiny = new TinyGenerator(new EngineOptions { Pages = Pages });
        GenerationRequest request = Request(prompt, n, adapter, contrast);
        int longest = await LengthAsync(tiny, request);
        Assert.Equal(longest, await LengthAsync(tiny, request with { MaxTokens = longest }));
        RequestProblem problem = Assert.Single(Problems(tiny, request with { MaxTokens = longest + 1 }));
        Assert.Contains(problem.Path, new[] { "max_tokens", "alignment.guidance[0].text" });
        Assert.Equal(0, tiny.Engine.Statistics.Preemptions);
    }

    [Theory]
    [InlineData(1, 0, false)]
    [InlineData(3, 0, true)]
    [InlineData(2, 9, false)]
    public async Task A_response_that_the_budget_ends_is_shorter_and_not_a_fault(int n, int contrast, bool best)
    {
        await using var tiny = new TinyGenerator(limits: new GenerationLimits { MaxForwardTokens = 150 });
        GenerationRequest request = Request(11, n, adapter: true, contrast);
        if (best)
        {
            BestOfNSettings search = new() { Candidates = 4, Rewards = [new RewardTerm("value")] };
            request = request with { Choices = 1, Alignment = request.Alignment with { Search = search } };
        }

        int longest = await LengthAsync(tiny, request);
        Assert.InRange(longest, 5, 70);
        Assert.Equal("max_tokens", Assert.Single(Problems(tiny, request with { MaxTokens = longest + 1 })).Path);
    }

    [Theory]
    [InlineData(150, null, true)]
    [InlineData(150, 20, false)]
    [InlineData(100_000, null, false)]
    public async Task The_report_says_that_the_budget_ended_a_response(int budget, int? maxTokens, bool isExhausted)
    {
        await using var tiny = new TinyGenerator(limits: new GenerationLimits { MaxForwardTokens = budget });
        GenerationRequest request = Request(11, 1, adapter: true) with { MaxTokens = maxTokens };
        List<GenerationEvent> events = await tiny.RunAsync(request with { Alignment = request.Alignment with { Report = true } });
        Assert.Equal(FinishReason.Length, Assert.Single(events.OfType<FinishEvent>()).Reason);
        Assert.Equal(isExhausted, Assert.Single(events.OfType<ReportEvent>()).Report.BudgetExhausted);
    }

    [Theory]
    [InlineData(3, false, null, false, 11 + (3 * 9))]
    [InlineData(3, false, 0, false, 11 + 10 + (3 * 9))]
    [InlineData(3, false, null, true, 11 + 10 + (3 * 9))]
    [InlineData(1, true, null, false, 11 + (4 * 9) + (4 * 2))]
    [InlineData(1, true, 2, false, 11 + 10 + (4 * 9) + (4 * 2))]
    public async Task What_is_accepted_at_the_very_edge_of_the_budget_spends_it_and_no_row_more(
        int n, bool best, int? promptLogProbabilities, bool echo, int budget)
    {
        await using var tiny = new TinyGenerator(limits: new GenerationLimits { MaxForwardTokens = budget });
        BestOfNSettings search = new() { Candidates = 4, Rewards = [new RewardTerm("value")] };
        GenerationRequest request = Request(11, n) with
        {
            MaxTokens = 10,
            Alignment = new AlignmentSettings { Search = best ? search : null },
            PromptLogProbabilities = promptLogProbabilities,
            Echo = echo,
            TopLogProbabilities = echo ? 0 : null,
        };
        List<GenerationEvent> events = await tiny.RunAsync(request);
        Assert.Equal(budget, events.OfType<UsageEvent>().Single().ForwardTokens);
        Assert.Equal("max_tokens", Assert.Single(Problems(tiny, request with { MaxTokens = 11 })).Path);
    }

    [Fact]
    public async Task What_can_never_fit_is_refused_by_the_name_of_what_is_too_much()
    {
        await using var tiny = new TinyGenerator(
            new EngineOptions { Pages = Pages }, new GenerationLimits { MaxChoices = 64, MaxForwardTokens = 100_000 });
        Assert.Equal(["prompt"], Paths(tiny, Request(Context, 1)));
        Assert.Equal(["n"], Paths(tiny, Request(5, 20)));
        Assert.Equal(["max_tokens"], Paths(tiny, Request(5, 10) with { MaxTokens = 40 }));
        Assert.Equal(["alignment.guidance[0].text"], Paths(tiny, Request(5, 1, contrast: Context)));
        Assert.Equal(["alignment.guidance[0].text"], Paths(tiny, Request(100, 1, contrast: 150)));
        Assert.Equal(["alignment.guidance"], Paths(tiny, Request(150, 1, adapter: true)));
        BestOfNSettings search = new() { Candidates = 30, Rewards = [new RewardTerm("value")] };
        Assert.Equal(["alignment.search.n"], Paths(tiny, Request(5, 1) with { Alignment = new AlignmentSettings { Search = search } }));
        await using var poor = new TinyGenerator(limits: new GenerationLimits { MaxForwardTokens = 20 });
        Assert.Equal(["prompt"], Paths(poor, Request(30, 1)));
    }

    [Fact]
    public async Task A_context_that_is_too_small_says_so_with_both_numbers()
    {
        await using var tiny = new TinyGenerator(new EngineOptions { MaxModelLength = 64 });
        RequestProblem problem = Assert.Single(Problems(tiny, Request(60, 1) with { MaxTokens = 5 }));
        Assert.Equal(("max_tokens", RequestProblem.ContextLength), (problem.Path, problem.Code));
        Assert.Contains("60 tokens", problem.Message, StringComparison.Ordinal);
        Assert.Contains("64", problem.Message, StringComparison.Ordinal);
        Assert.Equal(RequestProblem.ContextLength, Assert.Single(Problems(tiny, Request(8, 1, contrast: 64))).Code);
        Assert.Equal(4, await LengthAsync(tiny, Request(60, 1)));
        Assert.Equal(3, await LengthAsync(tiny, Request(60, 1) with { UsualMaxTokens = 3 }));
        Assert.Equal(4, await LengthAsync(tiny, Request(60, 1) with { UsualMaxTokens = 16 }));
    }

    [Fact]
    public async Task Requests_that_do_not_fit_at_once_wait_and_lose_no_page()
    {
        await using var tiny = new TinyGenerator(new EngineOptions { Pages = Pages });
        int[] lengths = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(i => LengthAsync(tiny, Request(20 + i, 1) with { MaxTokens = 120 })));
        Assert.All(lengths, length => Assert.Equal(120, length));
        Assert.Equal((0, 0), (tiny.Engine.Statistics.Preemptions, tiny.Engine.Statistics.RecomputedTokens));
    }

    [Fact]
    public async Task A_long_text_is_cut_no_further_than_the_context_reaches()
    {
        await using var tiny = new TinyGenerator(new EngineOptions { MaxModelLength = 64 });
        var request = new GenerationRequest { Prompt = new TextPrompt(string.Concat(Enumerable.Repeat("ab ", 500_000))) };
        Problems(tiny, request);
        long before = GC.GetAllocatedBytesForCurrentThread();
        RequestProblem problem = Assert.Single(Problems(tiny, request));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal("the prompt has more tokens than the context of 64", problem.Message);
        Assert.Equal(("prompt", RequestProblem.ContextLength), (problem.Path, problem.Code));
        Assert.True(allocated < 16_000_000, $"{allocated} bytes for a text of 3 MB");
        Assert.Equal(1_500_000, tiny.Generator.Encode(request.Prompt).Count);
    }

    [Fact]
    public async Task The_log_probabilities_of_a_prompt_are_listed_up_to_a_bound()
    {
        await using var tiny = new TinyGenerator(limits: new GenerationLimits { MaxChoices = 4096 });
        GenerationRequest request = Request(32, 1) with { MaxTokens = 0, Echo = true, Choices = 1024, TopLogProbabilities = 3 };
        Assert.DoesNotContain("top_logprobs", Paths(tiny, request));
        Assert.Contains("top_logprobs", Paths(tiny, request with { Choices = 1025 }));
        Assert.Contains("prompt_logprobs", Paths(tiny, request with { PromptLogProbabilities = 4 }));
    }

    [Fact]
    public async Task A_text_that_the_tokenizer_cannot_cut_is_a_problem_of_its_field()
    {
        await using var tiny = new TinyGenerator(change: TokenizerFile.CutByBacktracking);
        string text = new string('a', 100_000) + "c";
        var request = new GenerationRequest { Prompt = new TextPrompt(text) };
        Assert.Equal(["prompt"], Paths(tiny, request));
        var chat = new ChatPrompt([new ChatTurn("user", text)]);
        Assert.Equal(["messages"], Paths(tiny, request with { Prompt = chat, Fields = new RequestFields { Prompt = "messages" } }));
        AlignmentSettings contrast = new() { Guidance = [new GuidanceSource(GuidanceSource.Prompt, -0.5f, text)] };
        Assert.Equal(["alignment.guidance[0].text"], Paths(tiny, request with { Prompt = new TextPrompt("x"), Alignment = contrast }));
        Assert.Throws<InvalidRequestException>(() => tiny.Generator.Encode(request.Prompt));
    }

    [Fact]
    public async Task A_normalizer_that_fills_the_memory_is_a_problem_of_the_prompt()
    {
        await using var tiny = new TinyGenerator(change: folder => TokenizerFile.Change(folder, "normalizer", """
            {"type": "Sequence", "normalizers": [
              {"type": "Replace", "pattern": {"String": "a"}, "content": "aaaaaaaaaaaaaaaa"},
              {"type": "Replace", "pattern": {"Regex": "a"}, "content": "aaaaaaaaaaaaaaaa"}]}
            """));
        Assert.Equal(["prompt"], Paths(tiny, new GenerationRequest { Prompt = new TextPrompt(new string('a', 100_000)) }));
    }

    /// <summary>A prompt of so many tokens, and guides with paths of their own.</summary>
    private static GenerationRequest Request(int prompt, int n, bool adapter = false, int contrast = 0) => new()
    {
        Prompt = new TextPrompt(new string('x', prompt)),
        Choices = n,
        Sampling = new SamplingSettings { Seed = 7, IgnoreEos = true },
        Alignment = new AlignmentSettings
        {
            // A contrast prompt stands in front of the prompt.
            Guidance =
            [
                .. contrast > 0
                    ? [new GuidanceSource(GuidanceSource.Prompt, -0.5f, new string('y', contrast))]
                    : Array.Empty<GuidanceSource>(),
                .. adapter ? [new GuidanceSource("arm", 1)] : Array.Empty<GuidanceSource>(),
            ],
        },
    };

    /// <summary>Runs it; tokens of every candidate.</summary>
    private static async Task<int> LengthAsync(TinyGenerator tiny, GenerationRequest request)
    {
        List<GenerationEvent> events = await tiny.RunAsync(request with { Alignment = request.Alignment with { Report = true } });
        Assert.All(events.OfType<FinishEvent>(), finish => Assert.Equal(FinishReason.Length, finish.Reason));
        return events.OfType<ReportEvent>().Single().Report.Candidates.Select(candidate => candidate.Tokens.Count).Distinct().Single();
    }

    private static ProblemCollection Problems(TinyGenerator tiny, GenerationRequest request)
    {
        ProblemCollection problems = [];
        tiny.Generator.Prepare(request, problems);
        return problems;
    }

    private static List<string> Paths(TinyGenerator tiny, GenerationRequest request) =>
        [.. Problems(tiny, request).Select(problem => problem.Path)];
}
