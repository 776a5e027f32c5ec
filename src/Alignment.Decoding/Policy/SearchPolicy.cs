using Alignment.Decoding.Methods;
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
/// <param name="methods">
/// Those that exist: with a floor, those that choose by rewards are allowed, and the first of them is used where a request names none.
/// </param>
internal sealed class SearchPolicy(PolicyRanges rewards, int minimumCandidates, float maximumTau, MethodCatalog methods)
{
    private const string Path = "alignment.search";

    private bool IsForced => minimumCandidates > 1;

    private IEnumerable<MethodDescriptor> Choosing => methods.All.Where(method => method.Floor is not null);

    /// <summary>The ceilings: notes what a request may not ask for.</summary>
    public void CheckCeilings(SearchSettings search, ProblemCollection problems)
    {
        if (search is not SelectionSettings selection)
        {
            return;
        }

        new PolicyRange(0, maximumTau).Check($"{Path}.tau", selection.Tau, problems);
        for (int i = 0; i < selection.Rewards.Count; i++)
        {
            RewardTerm reward = selection.Rewards[i];
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
            case SelectionSettings selection:
                new PolicyRange(minimumCandidates, float.PositiveInfinity).Check(selection.DrawsField, selection.Candidates, problems);
                return selection with { Rewards = ApplyFloors(selection.Rewards, problems) };
            case null when IsForced:
                return Choosing.First().Floor!(minimumCandidates) with { Rewards = ApplyFloors([], problems) };
            case not null when IsForced:
                string names = string.Join(" or ", Choosing.Select(method => $"'{method.Name}'"));
                problems.Add(new RequestProblem(
                    $"{Path}.{MethodCatalog.MethodField}", $"the operator allows only {names} with n of at least {minimumCandidates}"));
                return search;
            default:
                return search;
        }
    }

    /// <summary>Notes a request that returns so many of its candidates that there is no choice left.</summary>
    public void CheckChoices(GenerationRequest request, ProblemCollection problems)
    {
        if (IsForced && request.Alignment.Search is SelectionSettings search && request.Choices > search.Candidates / minimumCandidates
            && !problems.Touch(search.DrawsField))
        {
            string drawn = $"{request.Choices} answers of {search.Candidates} candidates";
            problems.Add(new RequestProblem(
                GenerationRequest.ChoicesField, $"{drawn}; the operator allows one of {minimumCandidates}: raise {search.DrawsField}"));
        }
    }

    private List<RewardTerm> ApplyFloors(IReadOnlyList<RewardTerm> given, ProblemCollection problems)
    {
        List<RewardTerm> result = [.. given];
        foreach ((string name, PolicyRange range) in rewards.Floors)
        {
            int index = result.FindIndex(reward => reward.Name == name);
            if (index < 0)
            {
                result.Add(new RewardTerm(name) { Weight = range.Silent });
            }
            else
            {
                range.Floor.Check($"{Path}.reward[{index}].weight", result[index].Weight, problems);
            }
        }

        return result;
    }
}
