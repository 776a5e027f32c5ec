namespace Alignment.Training.Rewards.Heads;

/// <summary>What a head learns from one example: once, or once for each of the prefixes that are compared.</summary>
/// <param name="Example">The example.</param>
/// <param name="Weight">Of its loss, all prefixes together.</param>
/// <param name="Rows">[prefixes][responses of the example]: rows of features.</param>
/// <param name="Source">Where it comes from.</param>
public sealed record HeadLesson<TExample>(TExample Example, double Weight, long[][] Rows, string Source);
