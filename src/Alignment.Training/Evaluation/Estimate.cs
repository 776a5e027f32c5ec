namespace Alignment.Training.Evaluation;

/// <summary>A share, and where it lies with 95 % confidence.</summary>
/// <param name="Value">As measured.</param>
/// <param name="Low">Lower end; null where there are too few prompts to tell.</param>
/// <param name="High">Upper end; null together with <paramref name="Low"/>.</param>
public sealed record Estimate(double Value, double? Low, double? High);
