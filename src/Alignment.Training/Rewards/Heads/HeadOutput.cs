namespace Alignment.Training.Rewards.Heads;

/// <summary>One reward of a head: a mixture of its scores.</summary>
/// <param name="Name">Empty where there is one.</param>
/// <param name="Mixture">Weights of the scores.</param>
internal sealed record HeadOutput(string Name, double[] Mixture);
