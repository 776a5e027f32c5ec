using Alignment.Decoding.Methods.BestOfN;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Decoding.Tests.Oracles;

namespace Alignment.Decoding.Tests.Methods;

/// <summary>
/// Every budget from one row to what the request needs: an answer, never an error; no row more than allowed; and more budget is never less
/// answer.
/// </summary>
public sealed class BudgetTests
{
    private const int MaxTokens = 8;

    private static readonly GuidanceSource s_adapter = new("arm", 0.5f);

    [Theory]
    [InlineData(1, false), InlineData(3, false), InlineData(1, true), InlineData(3, true)]
    public async Task A_sample_is_as_long_as_the_budget_reaches(int choices, bool guided)
    {
        await using var ten = new TenTokens();
        GenerationRequest request = Request(guided) with { Choices = choices };
        List<Answer> answers = await AnswersAsync(ten, request);
        Assert.All(answers[..^1], answer => Assert.True(answer.Report.BudgetExhausted));
        Assert.Equal(choices * MaxTokens, answers[^1].Tokens.Sum(tokens => tokens.Length));
    }

    [Theory]
    [InlineData(1, false), InlineData(4, false), InlineData(1, true), InlineData(3, true)]
    public async Task A_search_keeps_enough_to_score_what_it_has(int candidates, bool guided)
    {
        await using var ten = new TenTokens();
        GenerationRequest request = Request(guided);
        var search = new BestOfNSettings { Candidates = candidates, Rewards = [new RewardTerm("value"), new RewardTerm("second")] };
        request = request with { Alignment = request.Alignment with { Search = search } };
        List<Answer> answers = await AnswersAsync(ten, request);
        bool wasScored = false;
        foreach (AlignmentReport report in answers.Select(answer => answer.Report))
        {
            bool isScored = report.Candidates.All(candidate => candidate.Score is not null);
            Assert.Equal(isScored, report.Candidates.Any(candidate => candidate.Score is not null));
            Assert.Equal(isScored, report.SelectionKlBound is not null);
            Assert.True(isScored || !wasScored, "what less could score, more can");
            CandidateReport chosen = report.Candidates.Single(candidate => candidate.Choice == 0);
            Assert.Equal(isScored ? report.Candidates.MaxBy(candidate => candidate.Score) : report.Candidates[0], chosen);
            wasScored = isScored;
        }

        // Most budgets are too small for all tokens and large enough for scores.
        int cutAndScored = answers[..^1].Count(answer => answer.Report.Candidates[0].Score is not null);
        Assert.True(wasScored && cutAndScored > answers.Count / 4, $"{cutAndScored} of {answers.Count}");
        Assert.Equal(candidates * MaxTokens, answers[^1].Tokens.Sum(tokens => tokens.Length));
    }

    /// <summary>A guard's redraws are not in what a request is thought to cost: they end where the budget does.</summary>
    [Fact]
    public async Task What_is_drawn_anew_spends_the_budget()
    {
        await using var ten = new TenTokens();
        GenerationRequest request = Request(guided: false);
        long needed = (await ten.RunAsync(request)).OfType<UsageEvent>().Single().ForwardTokens;
        Generator poor = ten.Generate(new GenerationLimits { MaxForwardTokens = needed }, () => new Restless());
        List<GenerationEvent> events = await ten.RunAsync(request with { CacheSalt = "poor" }, poor);
        AlignmentReport report = events.OfType<ReportEvent>().Single().Report;
        Assert.Equal((true, needed), (report.BudgetExhausted, report.ForwardTokens));
        Assert.Equal((FinishReason.Length, 2), (report.Candidates[0].FinishReason, report.Candidates[0].Redraws));
        Assert.InRange(report.Candidates[0].Tokens.Count, 1, MaxTokens - 1);
    }

    /// <summary>Answers with 1, 2, ... rows up to the first budget that is not exhausted; each is checked against the one before.</summary>
    private static async Task<List<Answer>> AnswersAsync(TenTokens ten, GenerationRequest request)
    {
        List<Answer> answers = [];
        for (int budget = 1; answers.Count == 0 || answers[^1].Report.BudgetExhausted; budget++)
        {
            Assert.True(budget < 200, "no budget is enough");
            Generator poor = ten.Generate(new GenerationLimits { MaxForwardTokens = budget });
            List<GenerationEvent> events = await ten.RunAsync(request with { CacheSalt = $"{budget}" }, poor);
            AlignmentReport report = events.OfType<ReportEvent>().Single().Report;
            Assert.InRange(events.OfType<UsageEvent>().Single().ForwardTokens, 0, budget);
            Assert.Equal(request.Choices, events.OfType<FinishEvent>().Count());
            Assert.All(
                report.Candidates.Where(candidate => candidate.Tokens.Count < MaxTokens),
                candidate => Assert.Equal((FinishReason.Length, true), (candidate.FinishReason, report.BudgetExhausted)));
            Answer answer = new(report, [.. report.Candidates.Select(candidate => candidate.Tokens.Select(token => token.Id).ToArray())]);
            foreach ((int[] less, int[] more) in (answers.Count > 0 ? answers[^1].Tokens : []).Zip(answer.Tokens))
            {
                Assert.True(more.AsSpan().StartsWith(less), $"{budget} rows are less answer than {budget - 1}");
            }

            answers.Add(answer);
        }

        return answers;
    }

    private static GenerationRequest Request(bool guided) => new()
    {
        Prompt = new TokenPrompt(TenTokens.Prompt),
        MaxTokens = MaxTokens,
        Sampling = new SamplingSettings { Seed = 5, IgnoreEos = true },
        Alignment = new AlignmentSettings { Guidance = guided ? [s_adapter] : [], Report = true },
    };

    private sealed record Answer(AlignmentReport Report, int[][] Tokens);

    /// <summary>Has three tokens drawn anew, twice, and the text let go at the end alone.</summary>
    private sealed class Restless : IResponseStage
    {
        private int _redraws;

        public StageAnswer Look(HeldText held, bool isLast) => held.Count == 5 && _redraws++ < 2
            ? StageAnswer.Redraw(2) : StageAnswer.Hold(isLast ? 0 : held.Text.Length);
    }
}
