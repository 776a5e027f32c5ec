using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;

namespace Alignment.Decoding.Tests.Oracles;

/// <summary>
/// Steps without some tokens, against the enumerated distribution of the others. Tokens 0 to 8 are the letters a to i, 9 ends a response.
/// </summary>
public sealed class StepRulesOracleTests
{
    private const int Requests = 250;
    private const int End = TenTokens.Vocabulary - 1;

    private static readonly Dictionary<string, Case> s_cases = new()
    {
        ["a minimum"] = new(
            request => Ending(request) with { MinTokens = 2 },
            (_, token) => token == End),
        ["a minimum of a response that goes on"] = new(
            request => request with { MinTokens = 1 },
            (response, token) => response.Length < 1 && token == End),
        ["a minimum and a stop token"] = new(
            request => request with { MinTokens = 1, StopTokens = [3] },
            (response, token) => response.Length < 1 && token is (3 or End)),
        ["a word of one token"] = new(
            request => request with { BadWords = ["c"] },
            (_, token) => token == 2),
        ["words of two tokens"] = new(
            request => request with { BadWords = ["ab", "ad"] },
            (response, token) => response is [0] && token is (1 or 3)),
        ["a word that a bias wants"] = new(
            request => Biased(request, 2) with { BadWords = ["c"] },
            (_, token) => token == 2),
    };

    public static TheoryData<string> Cases => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Responses_are_drawn_from_what_is_left(string name)
    {
        await using var ten = new TenTokens();
        var table = new ResponseTable(ten, 0.7, -1.2, s_cases[name].Forbids);
        var guided = new AlignmentSettings { Guidance = [new GuidanceSource("head", 0.7f), new GuidanceSource("arm", -1.2f)] };
        List<AlignmentReport> reports = await ten.RunAsync(guided, Requests, maxTokens: 2, change: s_cases[name].Change);
        CandidateReport[] candidates = [.. reports.SelectMany(report => report.Candidates)];
        ChiSquare.Check(table.Probabilities, [.. candidates.Select(Key)]);
        double mean = candidates.Average(candidate => candidate.StepKl);
        double error = Math.Sqrt(candidates.Sum(candidate => Math.Pow(candidate.StepKl - mean, 2))) / candidates.Length;
        Assert.InRange(table.Divergence, mean - (4 * error) - 1e-6, mean + (4 * error) + 1e-6);
    }

    [Fact]
    public async Task A_response_ends_at_a_stop_token_and_not_before_its_minimum()
    {
        await using var ten = new TenTokens();
        List<AlignmentReport> reports = await ten.RunAsync(
            AlignmentSettings.None, 60, maxTokens: 12, change: request => Ending(request) with { StopTokens = [0, 1], MinTokens = 4 });
        CandidateReport[] candidates = [.. reports.SelectMany(report => report.Candidates)];
        Assert.All(candidates, candidate =>
        {
            int[] tokens = [.. candidate.Tokens.Select(token => token.Id)];
            Assert.InRange(tokens.Length, 4, 12);
            int ends = Array.FindIndex(tokens, token => token is 0 or 1 or End);
            Assert.Equal(candidate.FinishReason == FinishReason.Stop ? tokens.Length - 1 : -1, ends);
        });
        Assert.Contains(candidates, candidate => candidate.Tokens.Count == 5);
    }

    private static string Key(CandidateReport candidate) => ResponseTable.Key(candidate.Tokens.Select(token => token.Id));

    private static GenerationRequest Biased(GenerationRequest request, int token)
        => request with { Sampling = request.Sampling with { LogitBias = new Dictionary<int, float> { [token] = 50 } } };

    private static GenerationRequest Ending(GenerationRequest request)
        => request with { Sampling = request.Sampling with { IgnoreEos = false } };

    /// <summary>What a request asks for, and what it comes to: whether a token may not follow a response.</summary>
    private sealed record Case(Func<GenerationRequest, GenerationRequest> Change, Func<int[], int, bool> Forbids);
}
