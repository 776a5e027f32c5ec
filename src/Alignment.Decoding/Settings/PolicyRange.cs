namespace Alignment.Decoding.Settings;

/// <summary>What a number may be.</summary>
/// <param name="Least">The smallest allowed value.</param>
/// <param name="Most">The largest allowed value.</param>
public readonly record struct PolicyRange(double Least, double Most)
{
    /// <summary>Every number.</summary>
    public static PolicyRange Any { get; } = new(double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>Only 0: what it bounds cannot be used.</summary>
    public static PolicyRange None { get; }

    /// <summary>The value where a request says nothing: the nearest to 0.</summary>
    public double Silent => Math.Min(Math.Max(0, Least), Most);

    /// <summary>Whether it forces something: 0 is not in it.</summary>
    public bool IsFloor => Silent != 0;

    /// <summary>The same floor without a ceiling.</summary>
    public PolicyRange Floor => new(Least > 0 ? Least : double.NegativeInfinity, Most < 0 ? Most : double.PositiveInfinity);

    /// <summary>All numbers up to a magnitude.</summary>
    public static PolicyRange Within(double magnitude) => new(-magnitude, magnitude);

    /// <summary>False for what is not a number.</summary>
    public bool Contains(double value) => value >= Least && value <= Most;

    /// <summary>The range, widened to a value.</summary>
    public PolicyRange Including(double value) => new(Math.Min(Least, value), Math.Max(Most, value));

    /// <summary>Notes a value that is not in the range.</summary>
    public void Check(string path, double value, ProblemCollection problems)
    {
        if (!Contains(value))
        {
            string side = value < Least ? $"below {Invariant(Least)}, the least" : $"above {Invariant(Most)}, the most";
            problems.Add(new RequestProblem(path, $"{Invariant(value)} is {side} that the operator allows"));
        }
    }

    private static string Invariant(double value) => value.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
}
