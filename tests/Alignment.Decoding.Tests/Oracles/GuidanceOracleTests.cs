using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;

namespace Alignment.Decoding.Tests.Oracles;

/// <summary>Guidance against the enumerated distribution.</summary>
public sealed class GuidanceOracleTests
{
    private const int Requests = 250;

    private static readonly Dictionary<string, SamplingSettings> s_samplings = new()
    {
        ["temperature"] = new() { Temperature = 0.6f },
        ["top_k"] = new() { TopK = 4 },
        ["top_p"] = new() { TopP = 0.7f },
        ["min_p"] = new() { MinP = 0.3f },
        ["all"] = new() { Temperature = 1.4f, TopK = 7, TopP = 0.9f, MinP = 0.15f },
    };

    public static TheoryData<string> Samplings => [.. s_samplings.Keys];

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1.5, 0)]
    [InlineData(0, 1.5)]
    [InlineData(0.7, -1.2)]
    public async Task Responses_are_drawn_from_the_frozen_model_times_the_guides_powers(double headWeight, double adapterWeight)
    {
        await using var ten = new TenTokens();
        var table = new ResponseTable(ten, headWeight, adapterWeight);
        List<AlignmentReport> reports = await ten.RunAsync(Guided(headWeight, adapterWeight), Requests, maxTokens: 2);
        ChiSquare.Check(table.Probabilities, [.. reports.SelectMany(report => report.Candidates).Select(Key)]);
    }

    [Fact]
    public async Task The_report_tells_what_each_guide_added_and_the_divergence()
    {
        await using var ten = new TenTokens();
        var table = new ResponseTable(ten, 0.7, -1.2);
        List<AlignmentReport> reports = await ten.RunAsync(Guided(0.7, -1.2), Requests, maxTokens: 2);
        CandidateReport[] candidates = [.. reports.SelectMany(report => report.Candidates)];
        Assert.All(candidates.Take(100), candidate =>
        {
            Assert.Equal(Math.Log(table.Probabilities[Key(candidate)]), candidate.LogProbability, 1e-4);
            for (int i = 0; i < 2; i++)
            {
                (double[] head, double[] adapter) =
                    table.GuideScores[ResponseTable.Key(candidate.Tokens.Take(i).Select(token => token.Id))];
                Assert.Equal(0.7 * head[candidate.Tokens[i].Id], candidate.Tokens[i].Guides[0], 1e-4);
                Assert.Equal(-1.2 * adapter[candidate.Tokens[i].Id], candidate.Tokens[i].Guides[1], 1e-4);
            }
        });
        CheckMean(table.Divergence, [.. candidates.Select(candidate => candidate.EstimatedKl)]);
        CheckMean(table.Divergence, [.. candidates.Select(candidate => candidate.StepKl)]);
    }

    [Theory]
    [MemberData(nameof(Samplings))]
    public async Task Temperature_and_truncation_count_in_the_divergence_but_not_in_log_probabilities(string name)
    {
        SamplingSettings sampling = s_samplings[name];
        await using var ten = new TenTokens();
        var table = new ResponseTable(ten, 0.7, -1.2, sampling: sampling);
        Assert.True(table.Probabilities.Count < 100 || name == "temperature");
        List<AlignmentReport> reports = await ten.RunAsync(
            Guided(0.7, -1.2), Requests, maxTokens: 2,
            change: request => request with { Sampling = sampling with { Seed = request.Sampling.Seed, IgnoreEos = true } });
        CandidateReport[] candidates = [.. reports.SelectMany(report => report.Candidates)];
        ChiSquare.Check(table.Probabilities, [.. candidates.Select(Key)]);
        Assert.All(candidates.Take(100), candidate => Assert.Equal(table.Aligned[Key(candidate)], candidate.LogProbability, 1e-4));
        Assert.All(candidates.Take(100), candidate => Assert.Equal(table.LogRatios[Key(candidate)], candidate.EstimatedKl, 1e-4));
        CheckMean(table.Divergence, [.. candidates.Select(candidate => candidate.EstimatedKl)]);
        CheckMean(table.Divergence, [.. candidates.Select(candidate => candidate.StepKl)]);
    }

    [Fact]
    public async Task Forward_tokens_are_the_prompt_once_and_a_row_a_token_and_guide_with_rows_of_its_own()
    {
        await using var ten = new TenTokens();
        AlignmentReport head = (await ten.RunAsync(Guided(1, 0), 1, maxTokens: 7, choices: 1))[0];
        await using var other = new TenTokens();
        AlignmentReport both = (await other.RunAsync(Guided(1, 1), 1, maxTokens: 7, choices: 1))[0];
        Assert.Equal(TenTokens.Prompt.Count + 6, head.ForwardTokens);
        Assert.Equal(2 * head.ForwardTokens, both.ForwardTokens);
    }

    private static AlignmentSettings Guided(double head, double adapter) => new()
    {
        Guidance =
        [
            .. new[] { new GuidanceSource("head", (float)head), new GuidanceSource("arm", (float)adapter) }.Where(
                source => source.Weight != 0),
        ],
    };

    private static string Key(CandidateReport candidate) => ResponseTable.Key(candidate.Tokens.Select(token => token.Id));

    /// <summary>Within four standard errors.</summary>
    private static void CheckMean(double expected, double[] values)
    {
        double mean = values.Average();
        double error = Math.Sqrt(values.Sum(value => (value - mean) * (value - mean))) / values.Length;
        Assert.InRange(mean, expected - (4 * error), expected + (4 * error));
    }
}
