namespace Alignment.Benchmarks.Rewards.Sweep;

/// <summary>One row of the sweep.</summary>
/// <param name="Features">What it reads.</param>
/// <param name="Objective">What it was to become.</param>
/// <param name="Margins">Cross-fitted margins of all pairs.</param>
internal sealed record SweepCase(string Features, string Objective, Func<double[]> Margins);
