using Alignment.Decoding.Problems;

namespace Alignment.Decoding.Policy;

/// <summary>
/// What a number may be, in single precision as configuration and weights have it: 0.1 of a request is not below 0.1 of a policy.
/// </summary>
/// <param name="Least">The smallest allowed value.</param>
/// <param name="Most">The largest allowed value.</param>
public readonly record struct PolicyRange(float Least, float Most)
{
    /// <summary>Every number.</summary>
    public static PolicyRange Any { get; } = new(float.NegativeInfinity, float.PositiveInfinity);

    /// <summary>Only 0: what it bounds cannot be used.</summary>
    public static PolicyRange None { get; }

    /// <summary>The value where a request says nothing: the nearest to 0.</summary>
    public float Silent => Math.Min(Math.Max(0, Least), Most);

    /// <summary>Whether it forces something: 0 is not in it.</summary>
    public bool IsFloor => Silent != 0;

    /// <summary>The same floor without a ceiling.</summary>
    public PolicyRange Floor => new(Least > 0 ? Least : float.NegativeInfinity, Most < 0 ? Most : float.PositiveInfinity);

    /// <summary>All numbers up to a magnitude.</summary>
    public static PolicyRange Within(float magnitude) => new(-magnitude, magnitude);

    /// <summary>False for what is not a number.</summary>
    public bool Contains(float value) => value >= Least && value <= Most;

    /// <summary>The range, widened to a value.</summary>
    public PolicyRange Including(float value) => new(Math.Min(Least, value), Math.Max(Most, value));

    /// <summary>
    /// Notes a value that is not in the range. What is not a number is refused by the range that the value has in every request, and is no
    /// operator's doing.
    /// </summary>
    public void Check(string path, double value, ProblemCollection problems)
    {
        float number = (float)value;
        if (!Contains(number) && !float.IsNaN(number))
        {
            string side = number < Least ? $"below {Least}, the least" : $"above {Most}, the most";
            problems.Add(new RequestProblem(path, $"{number} is {side} that the operator allows"));
        }
    }
}
