using Alignment.Decoding.Reading;
using Alignment.Decoding.Requests;
using Alignment.Rewards.Transforms;

namespace Alignment.Decoding.Methods.BestOfN;

/// <summary>One term of the sum that candidates are compared by: weight * transform(reward).</summary>
/// <param name="Name">The reward.</param>
public sealed record RewardSettings(string Name)
{
    /// <summary>Its weight.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>What is done to the reward before it is weighed.</summary>
    public RewardTransform Transform { get; init; } = RewardTransform.Identity;

    /// <summary>Names of the transforms, as requests write them.</summary>
    public static IReadOnlyList<string> Transforms => RewardTransform.Names;

    internal static RewardSettings? Bind(SettingsReader reader, AlignmentNames names)
    {
        string? name = reader.Name("name", names.Rewards);
        double weight = reader.Number("weight", RequestRanges.RewardWeight, 1);
        double reference = reader.Number("reference", RequestRanges.RewardReference, 0);
        string? transform = reader.Has("transform") ? reader.Name("transform", Transforms) : RewardTransform.Identity.Name;
        reader.Finish();
        return name is null || transform is null
            ? null
            : new RewardSettings(name) { Weight = weight, Transform = RewardTransform.Create(transform, reference) };
    }
}
