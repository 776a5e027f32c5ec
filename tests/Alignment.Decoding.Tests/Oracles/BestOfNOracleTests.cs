using Alignment.Decoding.Methods.BestOfN;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Rewards.Transforms;

namespace Alignment.Decoding.Tests.Oracles;

/// <summary>Best-of-n against the probability that each response is the best of n draws.</summary>
public sealed class BestOfNOracleTests
{
    private const int Requests = 1500;

    [Fact]
    public async Task The_best_is_returned_as_often_as_it_is_the_best_of_n_draws()
    {
        await using var ten = new TenTokens();
        var table = new ResponseTable(ten);
        ChiSquare.Check(
            BestOf(4, table), await ChosenAsync(ten, new BestOfNSettings { Candidates = 4, Rewards = [new RewardTerm("value")] }));
    }

    [Fact]
    public async Task A_negative_weight_returns_the_worst_and_a_transform_is_applied()
    {
        await using var ten = new TenTokens();
        var table = new ResponseTable(ten);
        foreach (string key in table.Rewards.Keys.ToArray())
        {
            // -log sigmoid(r) is decreasing in r.
            table.Rewards[key] = Math.Log(1 + Math.Exp(-table.Rewards[key]));
        }

        var reward = new RewardTerm("value") { Weight = -1, Transform = RewardTransform.Create("log_sigmoid", 0) };
        ChiSquare.Check(BestOf(3, table), await ChosenAsync(ten, new BestOfNSettings { Candidates = 3, Rewards = [reward] }));
    }

    [Fact]
    public async Task A_soft_choice_takes_candidates_in_proportion_to_exp_of_score_over_tau()
    {
        const double Tau = 0.3;
        await using var ten = new TenTokens();
        var table = new ResponseTable(ten);
        var expected = table.Probabilities.Keys.ToDictionary(key => key, _ => 0.0);
        foreach ((string first, double p) in table.Probabilities)
        {
            foreach ((string second, double q) in table.Probabilities)
            {
                double share = 1 / (1 + Math.Exp((table.Rewards[second] - table.Rewards[first]) / Tau));
                expected[first] += p * q * share;
                expected[second] += p * q * (1 - share);
            }
        }

        ChiSquare.Check(
            expected, await ChosenAsync(ten, new BestOfNSettings { Candidates = 2, Tau = Tau, Rewards = [new RewardTerm("value")] }));
    }

    /// <summary>
    /// All sets of candidates are enumerated: the bound holds for every tau, is smaller than that of the best of n where tau is large, and
    /// is what reports say.
    /// </summary>
    [Theory]
    [InlineData(2, 0.05)]
    [InlineData(2, 0.5)]
    [InlineData(2, 5)]
    [InlineData(3, 0.5)]
    public async Task The_bound_of_a_soft_choice_is_at_least_its_divergence(int n, double tau)
    {
        await using var ten = new TenTokens();
        var table = new ResponseTable(ten);
        string[] keys = [.. table.Probabilities.Keys];
        double[] chosen = new double[keys.Length];
        double bound = 0;
        int[] set = new int[n];
        Enumerate(0, 1);
        double divergence = keys.Select((key, i) => chosen[i] * Math.Log(chosen[i] / table.Probabilities[key])).Sum();
        Assert.Equal(1, chosen.Sum(), 1e-9);
        Assert.InRange(divergence, 1e-6, bound);
        Assert.Equal(tau >= 0.5, bound < Math.Log(n) - ((n - 1.0) / n));

        List<AlignmentReport> reports = await ten.RunAsync(
            With(new BestOfNSettings { Candidates = n, Tau = tau, Rewards = [new RewardTerm("value")] }), 20, maxTokens: 2, choices: 1);
        Assert.All(
            reports,
            report => Assert.Equal(
                Divergence(Softmax([.. report.Candidates.Select(candidate => candidate.Score!.Value)])),
                report.SelectionKlBound!.Value,
                1e-9));

        void Enumerate(int position, double probability)
        {
            if (position < n)
            {
                for (set[position] = 0; set[position] < keys.Length; set[position]++)
                {
                    Enumerate(position + 1, probability * table.Probabilities[keys[set[position]]]);
                }

                return;
            }

            double[] shares = Softmax([.. set.Select(index => table.Rewards[keys[index]])]);
            bound += probability * Divergence(shares);
            for (int i = 0; i < n; i++)
            {
                chosen[set[i]] += probability * shares[i];
            }
        }

        double[] Softmax(double[] scores)
        {
            double total = scores.Sum(score => Math.Exp((score - scores.Max()) / tau));
            return [.. scores.Select(score => Math.Exp((score - scores.Max()) / tau) / total)];
        }

        double Divergence(double[] shares) => shares.Where(share => share > 0).Sum(share => share * Math.Log(share * n));
    }

    [Fact]
    public async Task Candidates_are_the_choices_of_a_plain_request_and_their_rewards_the_value_heads()
    {
        await using var ten = new TenTokens();
        var table = new ResponseTable(ten);
        AlignmentReport plain = (await ten.RunAsync(AlignmentSettings.None, 1, maxTokens: 2, choices: 5))[0];
        AlignmentReport searched =
            (await ten.RunAsync(With(new BestOfNSettings { Candidates = 5, Rewards = [new RewardTerm("value") { Weight = 2 }] }), 1, maxTokens: 2, choices: 2))[0];
        Assert.Equal(plain.Candidates.Select(Key), searched.Candidates.Select(Key));
        Assert.All(searched.Candidates, candidate => Assert.Equal(table.Rewards[Key(candidate)], candidate.Rewards["value"], 1e-4));
        Assert.All(searched.Candidates, candidate => Assert.Equal(2 * table.Rewards[Key(candidate)], candidate.Score!.Value, 1e-4));
        Assert.Equal(
            [0, 1],
            searched.Candidates.OrderByDescending(candidate => candidate.Score).Take(2).Select(candidate => candidate.Choice!.Value));
        Assert.Equal(3, searched.Candidates.Count(candidate => candidate.Choice is null));
    }

    [Fact]
    public async Task A_score_is_the_sum_of_the_weighed_rewards()
    {
        await using var ten = new TenTokens();
        RewardTerm[] rewards =
        [
            new("value") { Weight = 0.5 }, new("second") { Weight = -2, Transform = RewardTransform.Create("log_sigmoid", 0.25) },
        ];
        AlignmentReport report =
            (await ten.RunAsync(With(new BestOfNSettings { Candidates = 6, Rewards = rewards }), 1, maxTokens: 2, choices: 1))[0];
        Assert.All(report.Candidates, candidate =>
        {
            double score = (0.5 * candidate.Rewards["value"]) + (2 * Math.Log(1 + Math.Exp(0.25 - candidate.Rewards["second"])));
            Assert.Equal(score, candidate.Score!.Value, 1e-9);
        });
        Assert.Equal(0, report.Candidates.MaxBy(candidate => candidate.Score)!.Choice);
    }

    private static AlignmentSettings With(BestOfNSettings search) => new() { Search = search };

    private static async Task<List<string>> ChosenAsync(TenTokens ten, BestOfNSettings search)
    {
        List<AlignmentReport> reports = await ten.RunAsync(With(search), Requests, maxTokens: 2, choices: 1);
        return [.. reports.Select(report => Key(report.Candidates.Single(candidate => candidate.Choice == 0)))];
    }

    private static string Key(CandidateReport candidate) => ResponseTable.Key(candidate.Tokens.Select(token => token.Id));

    /// <summary>P(best is y) = P(all n are at most as good as y) - P(all n are worse); no two rewards are equal.</summary>
    private static Dictionary<string, double> BestOf(int n, ResponseTable table)
    {
        Dictionary<string, double> result = [];
        double below = 0;
        foreach (string key in table.Rewards.OrderBy(pair => pair.Value).Select(pair => pair.Key))
        {
            double up = below + table.Probabilities[key];
            result[key] = Math.Pow(up, n) - Math.Pow(below, n);
            below = up;
        }

        return result;
    }
}
