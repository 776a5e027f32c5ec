using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Rewards.Transforms;

namespace Alignment.Decoding.Reading;

/// <summary>An option as requests write it: read, refused and documented by the same range and default.</summary>
/// <param name="Name">The field.</param>
/// <param name="Description">What it does, for the documentation.</param>
public abstract record SettingOption(string Name, string Description);

/// <summary>A whole number.</summary>
/// <param name="Name">The field.</param>
/// <param name="Description">What it does.</param>
/// <param name="Range">What it may be.</param>
/// <param name="Default">What it is where a request does not say.</param>
public sealed record IntegerOption(string Name, string Description, Func<GenerationLimits, NumberRange> Range, int Default)
    : SettingOption(Name, Description)
{
    internal int Read(SettingsReader reader, GenerationLimits limits) => reader.Integer(Name, Range(limits), Default);
}

/// <summary>A number.</summary>
/// <param name="Name">The field.</param>
/// <param name="Description">What it does.</param>
/// <param name="Range">What it may be.</param>
/// <param name="Default">What it is where a request does not say.</param>
public sealed record NumberOption(string Name, string Description, NumberRange Range, double Default) : SettingOption(Name, Description)
{
    internal double Read(SettingsReader reader) => reader.Number(Name, Range, Default);
}

/// <summary>Rewards with weights and transforms, at least one.</summary>
/// <param name="Name">The field.</param>
/// <param name="Description">What they do.</param>
public sealed record RewardsOption(string Name, string Description) : SettingOption(Name, Description)
{
    /// <summary>Name of a reward: one of the model's.</summary>
    public const string RewardField = "name";

    /// <summary>Name of a transform; without one the reward is as it is.</summary>
    public const string TransformField = "transform";

    private const string Shadow = "is a shadow here: it is scored and reported in metrics, and acts only where a profile names it";

    /// <summary>Weight of a reward.</summary>
    public static NumberOption Weight { get; } = new("weight", "Its weight.", RequestRanges.RewardWeight, 1);

    /// <summary>Reference of a transform.</summary>
    public static NumberOption Reference { get; } = new(
        "reference", "The reward of a response that is just good enough.", RequestRanges.RewardReference, 0);

    /// <summary>Names of the transforms, as requests write them.</summary>
    public static IReadOnlyList<string> Transforms => RewardTransform.Names;

    internal IReadOnlyList<RewardTerm> Read(SettingsReader reader, AlignmentNames names)
    {
        RewardTerm[] rewards =
            [.. reader.Objects(Name, RequestRanges.RewardCount).Select(item => ReadOne(item, names)).OfType<RewardTerm>()];
        if (!reader.Has(Name))
        {
            const string Example = """[{"name": "...", "weight": 1}]""";
            reader.Problem(Name, $"at least one is required, such as {Example}; what exists: {Excerpt.List(names.Rewards)}");
        }

        foreach (IGrouping<string, RewardTerm> twice in rewards.GroupBy(reward => reward.Name).Where(group => group.Count() > 1))
        {
            reader.Problem(Name, $"'{twice.Key}' is given {twice.Count()} times; a reward is weighed once");
        }

        return rewards;
    }

    private static RewardTerm? ReadOne(SettingsReader item, AlignmentNames names)
    {
        string? name = item.Name(RewardField, names.Rewards, given => names.Shadows.Contains(given) ? Shadow : null);
        double weight = Weight.Read(item);
        double reference = Reference.Read(item);
        string? transform = item.Has(TransformField) ? item.Name(TransformField, Transforms) : RewardTransform.Identity.Name;
        item.Finish();
        return name is null || transform is null
            ? null
            : new RewardTerm(name) { Weight = weight, Transform = RewardTransform.Create(transform, reference) };
    }
}
