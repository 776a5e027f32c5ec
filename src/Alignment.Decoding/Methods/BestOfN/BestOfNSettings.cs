using Alignment.Decoding.Reading;
using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Methods.BestOfN;

/// <summary>Draw n candidates, return those that the rewards like best.</summary>
public sealed record BestOfNSettings : SelectionSettings
{
    /// <summary>The method's name.</summary>
    public const string Name = "best_of_n";

    private static readonly IntegerOption s_candidates = new("n", "Candidates drawn.", RequestRanges.Candidates, 4);
    private static readonly RewardsOption s_rewards = new("reward", "What is compared: the sum of weight * transform(reward).");
    private static readonly NumberOption s_tau = new("tau", "Temperature of a soft selection; 0 takes the best.", RequestRanges.Tau, 0);

    /// <inheritdoc/>
    public override string Method => Name;

    internal static MethodDescriptor Descriptor { get; } = new(Name, Bind, settings => new BestOfNMethod((BestOfNSettings)settings))
    {
        Description = "Draws n candidates, and returns those that the rewards like best.",
        Options = [s_candidates, s_rewards, s_tau],
        Floor = candidates => new BestOfNSettings { Candidates = candidates, Rewards = [] },
    };

    private static BestOfNSettings Bind(SettingsReader reader, AlignmentNames names, GenerationLimits limits) => new()
    {
        Candidates = s_candidates.Read(reader, limits),
        Rewards = s_rewards.Read(reader, names),
        Tau = s_tau.Read(reader),
    };
}
