namespace Alignment.Decoding.Policy;

/// <summary>The weights that a policy gives to guides, or to rewards, as an operator wrote them.</summary>
/// <param name="Minimum">Least weights, by name.</param>
/// <param name="Maximum">Largest weights, by name.</param>
public sealed record WeightBounds(IReadOnlyDictionary<string, float> Minimum, IReadOnlyDictionary<string, float> Maximum)
{
    /// <summary>Everything that the policy speaks of.</summary>
    public IReadOnlyCollection<string> Names => [.. Minimum.Keys.Union(Maximum.Keys).Order(StringComparer.Ordinal)];

    /// <summary>Whether anything has a floor.</summary>
    public bool HasFloor => Names.Any(IsFloor);

    /// <summary>Whether the bounds of a name leave out 0.</summary>
    public bool IsFloor(string name) => Least(name) > 0 || Most(name) < 0;

    /// <summary>The least weight of a name; null where there is none.</summary>
    public float? Least(string name) => Minimum.TryGetValue(name, out float least) ? least : null;

    /// <summary>The largest weight of a name; null where there is none.</summary>
    public float? Most(string name) => Maximum.TryGetValue(name, out float most) ? most : null;
}
