using Alignment.Decoding.Search.BestOfN;

namespace Alignment.Decoding.Settings;

/// <summary>Applies an operator's floors: what a request leaves out is added, what it lowers is refused.</summary>
internal static class PolicyFloors
{
    public static AlignmentSettings Apply(AlignmentPolicy policy, AlignmentSettings settings, ProblemCollection problems) => settings with
    {
        Guidance = Apply(policy.MinimumGuidance, settings.Guidance, problems),
        Search = settings.Search is BestOfNSettings search
            ? search with { Rewards = Apply(policy.MinimumReward, search.Rewards, problems) }
            : settings.Search,
    };

    private static List<GuidanceSource> Apply(IReadOnlyDictionary<string, float> floors, IReadOnlyList<GuidanceSource> sources, ProblemCollection problems)
    {
        List<GuidanceSource> result = [.. sources];
        foreach ((string name, float floor) in floors.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            int index = result.FindIndex(s => s.Source == name);
            if (index < 0)
            {
                result.Add(new GuidanceSource(name, floor));
            }
            else if (result[index].Weight < floor)
            {
                problems.Add(Below($"alignment.guidance[{index}].weight", name, result[index].Weight, floor));
            }
        }

        return result;
    }

    private static List<RewardSettings> Apply(IReadOnlyDictionary<string, float> floors, IReadOnlyList<RewardSettings> rewards, ProblemCollection problems)
    {
        List<RewardSettings> result = [.. rewards];
        foreach ((string name, float floor) in floors.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            int index = result.FindIndex(r => r.Name == name);
            if (index < 0)
            {
                result.Add(new RewardSettings(name) { Weight = floor });
            }
            else if (result[index].Weight < floor)
            {
                problems.Add(Below($"alignment.search.reward[{index}].weight", name, result[index].Weight, floor));
            }
        }

        return result;
    }

    private static RequestProblem Below(string path, string name, double weight, float floor)
        => new(path, FormattableString.Invariant($"{weight} is below {floor}, the least weight of '{name}' that the operator allows"));
}
