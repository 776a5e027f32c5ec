using Alignment.Training.Rewards.Examples;

namespace Alignment.Training.Rewards;

/// <summary>What one scorer says of the pairs that are held out.</summary>
/// <param name="Scorer">The reward, the same of another seed, or what it has to beat.</param>
/// <param name="Margins">One for each of <see cref="RewardData.HeldOut"/>, in that order.</param>
public sealed record HeldOutMargins(string Scorer, IReadOnlyList<double> Margins);
