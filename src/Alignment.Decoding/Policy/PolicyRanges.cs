using Alignment.Decoding.Problems;

namespace Alignment.Decoding.Policy;

/// <summary>The ranges of weights of named things, guides or rewards. What has no range cannot be used.</summary>
internal sealed class PolicyRanges
{
    private readonly Dictionary<string, PolicyRange> _ranges;

    /// <summary>Resolves what a policy says of each name.</summary>
    /// <param name="bounds">What it says.</param>
    /// <param name="names">Everything that exists.</param>
    /// <param name="limit">Largest magnitude of any weight.</param>
    /// <param name="closed">Whether what is not named is forbidden.</param>
    public PolicyRanges(WeightBounds bounds, IEnumerable<string> names, float limit, bool closed)
    {
        // The weight of an only floor may grow, which weakens nothing; of several, a larger one would drown the others.
        float growth = bounds.Names.Count(bounds.IsFloor) == 1 ? limit : 0;
        PolicyRange unnamed = closed || bounds.Names.Count > 0 ? PolicyRange.None : PolicyRange.Within(limit);
        _ranges = names.ToDictionary(name => name, _ => unnamed, StringComparer.Ordinal);
        foreach (string name in bounds.Names)
        {
            _ranges[name] = Resolve(bounds.Least(name), bounds.Most(name), growth);
        }
    }

    /// <summary>What has a floor and the weight that silence gets, in a fixed order.</summary>
    public IEnumerable<KeyValuePair<string, PolicyRange>> Floors
        => _ranges.Where(range => range.Value.IsFloor).OrderBy(range => range.Key, StringComparer.Ordinal);

    /// <summary>What may be used at all.</summary>
    private IEnumerable<string> Allowed
        => _ranges.Where(range => range.Value != PolicyRange.None).Select(range => range.Key).Order(StringComparer.Ordinal);

    public PolicyRange this[string name] => _ranges.GetValueOrDefault(name);

    /// <summary>Notes a weight out of its range, and a name that may not be used whatever its weight.</summary>
    public void Check(string name, double weight, string namePath, string weightPath, ProblemCollection problems)
    {
        if (this[name] == PolicyRange.None)
        {
            string allowed = string.Join(", ", Allowed.DefaultIfEmpty("nothing"));
            problems.Add(new RequestProblem(namePath, $"'{name}' is not among what the operator allows: {allowed}"));
        }
        else
        {
            this[name].Check(weightPath, weight, problems);
        }
    }

    /// <summary>The bounds that are given; where one is not, 0, or for a floor the bound that is given plus the room to grow.</summary>
    private static PolicyRange Resolve(float? least, float? most, float growth) => new(
        least ?? (most < 0 ? Math.Min(most.Value, -growth) : 0),
        most ?? (least > 0 ? Math.Max(least.Value, growth) : 0));
}
