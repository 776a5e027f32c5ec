namespace Alignment.Decoding.Settings;

/// <summary>What an operator does not leave to the client: guidance that can align can also jailbreak.</summary>
public sealed record AlignmentPolicy
{
    /// <summary>Nothing is forced.</summary>
    public static AlignmentPolicy Open { get; } = new();

    /// <summary>Least weight of a guidance source, by name. A request that does not name the source gets it with this weight; one that asks for less is refused.</summary>
    public IReadOnlyDictionary<string, float> MinimumGuidance { get; init; } = new Dictionary<string, float>();

    /// <summary>Least weight of a reward, by name, wherever a request searches with rewards.</summary>
    public IReadOnlyDictionary<string, float> MinimumReward { get; init; } = new Dictionary<string, float>();

    /// <summary>Whether clients may guide by a prompt of their own.</summary>
    public bool AllowContrastPrompts { get; init; } = true;
}
