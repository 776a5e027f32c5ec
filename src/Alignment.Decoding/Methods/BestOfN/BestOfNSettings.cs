using Alignment.Decoding.Problems;
using Alignment.Decoding.Reading;
using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Methods.BestOfN;

/// <summary>Draw n candidates, return those that the rewards like best.</summary>
public sealed record BestOfNSettings : SearchSettings
{
    /// <summary>The method's name.</summary>
    public const string Name = "best_of_n";

    /// <inheritdoc/>
    public override string Method => Name;

    /// <summary>Candidates drawn.</summary>
    public required int Candidates { get; init; }

    /// <summary>Rewards whose weighted sum is compared.</summary>
    public required IReadOnlyList<RewardSettings> Rewards { get; init; }

    /// <summary>Temperature of a soft selection, probability proportional to exp(score / tau); 0 takes the best.</summary>
    public double Tau { get; init; }

    /// <inheritdoc/>
    public override int Draws(int choices) => Candidates;

    /// <inheritdoc/>
    public override string DrawsField => "alignment.search.n";

    /// <inheritdoc/>
    public override bool Scores => true;

    internal static BestOfNSettings Bind(SettingsReader reader, AlignmentNames names, GenerationLimits limits)
    {
        var settings = new BestOfNSettings
        {
            Candidates = reader.Integer("n", RequestRanges.Candidates(limits), 4),
            Rewards = [.. ReadRewards(reader, names)],
            Tau = reader.Number("tau", RequestRanges.Tau, 0),
        };
        if (!reader.Has("reward"))
        {
            const string Example = """[{"name": "...", "weight": 1}]""";
            reader.Problem("reward", $"at least one is required, such as {Example}; what exists: {Excerpt.List(names.Rewards)}");
        }

        foreach (IGrouping<string, RewardSettings> twice in settings.Rewards.GroupBy(reward => reward.Name).Where(group => group.Count() > 1))
        {
            reader.Problem("reward", $"'{twice.Key}' is given {twice.Count()} times; a reward is weighed once");
        }

        return settings;
    }

    private static IEnumerable<RewardSettings> ReadRewards(SettingsReader reader, AlignmentNames names)
        => reader.Objects("reward", RequestRanges.RewardCount).Select(item => RewardSettings.Bind(item, names)).OfType<RewardSettings>();
}
