using Alignment.Decoding.Methods.BestOfN;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Rewards.Transforms;

namespace Alignment.Decoding.Policy;

/// <summary>
/// What answers are chosen by. Where a reward has a floor every answer is the best of several candidates: one that is not chosen at all
/// evades it.
/// </summary>
/// <param name="rewards">Ranges of the rewards' weights.</param>
/// <param name="minimumCandidates">From how many candidates each answer is chosen at least; 1 leaves searching to the client.</param>
/// <param name="maximumTau">Highest temperature of the choice.</param>
internal sealed class SearchPolicy(PolicyRanges rewards, int minimumCandidates, float maximumTau)
{
    private const string Path = "alignment.search";

    private bool IsForced => minimumCandidates > 1;

    /// <summary>The ceilings: notes what a request may not ask for.</summary>
    public void CheckCeilings(SearchSettings search, ProblemCollection problems)
    {
        if (search is not BestOfNSettings bestOfN)
        {
            return;
        }

        new PolicyRange(0, maximumTau).Check($"{Path}.tau", bestOfN.Tau, problems);
        for (int i = 0; i < bestOfN.Rewards.Count; i++)
        {
            RewardSettings reward = bestOfN.Rewards[i];
            rewards.Check(reward.Name, reward.Weight, $"{Path}.reward[{i}].name", $"{Path}.reward[{i}].weight", problems);
            // log_sigmoid is flat far above its reference: with one of -1e6 the floor's reward would not count at all.
            if (rewards[reward.Name].IsFloor && reward.Transform != RewardTransform.Identity)
            {
                problems.Add(new RequestProblem(
                    $"{Path}.reward[{i}].transform", $"'{reward.Name}' has a floor: the operator allows only 'identity' with reference 0"));
            }
        }
    }

    /// <summary>The floors: adds what a request leaves out, and notes what it lowers.</summary>
    public SearchSettings? ApplyFloors(SearchSettings? search, ProblemCollection problems)
    {
        switch (search)
        {
            case BestOfNSettings bestOfN:
                new PolicyRange(minimumCandidates, float.PositiveInfinity).Check($"{Path}.n", bestOfN.Candidates, problems);
                return bestOfN with { Rewards = ApplyFloors(bestOfN.Rewards, problems) };
            case null when IsForced:
                return new BestOfNSettings { Candidates = minimumCandidates, Rewards = ApplyFloors([], problems) };
            case not null when IsForced:
                problems.Add(new RequestProblem(
                    $"{Path}.method", $"the operator allows only '{BestOfNSettings.Name}' with n of at least {minimumCandidates}"));
                return search;
            default:
                return search;
        }
    }

    /// <summary>Notes a request that returns so many of its candidates that there is no choice left.</summary>
    public void CheckChoices(GenerationRequest request, ProblemCollection problems)
    {
        if (IsForced && request.Alignment.Search is BestOfNSettings search && request.Choices > search.Candidates / minimumCandidates)
        {
            string drawn = $"{request.Choices} answers of {search.Candidates} candidates";
            problems.Add(new RequestProblem("n", $"{drawn}; the operator allows one of {minimumCandidates}: raise alignment.search.n"));
        }
    }

    private List<RewardSettings> ApplyFloors(IReadOnlyList<RewardSettings> given, ProblemCollection problems)
    {
        List<RewardSettings> result = [.. given];
        foreach ((string name, PolicyRange range) in rewards.Floors)
        {
            int index = result.FindIndex(reward => reward.Name == name);
            if (index < 0)
            {
                result.Add(new RewardSettings(name) { Weight = range.Silent });
            }
            else
            {
                range.Floor.Check($"{Path}.reward[{index}].weight", result[index].Weight, problems);
            }
        }

        return result;
    }
}
