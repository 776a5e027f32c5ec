using Alignment.Compute.Contract.Random;
using Alignment.Training.Rewards.Examples;

namespace Alignment.Training.Rewards.Objectives;

/// <summary>
/// Rewards of several people from one model (PAL, Chen et al., 2024, with inner products): K prototypes score a response, and the reward of
/// user u is their mean by weights w_u = softmax(a_u), which are learned with them: r_u = sum_k w_uk r_k, with -log sigmoid(r_u+ - r_u-) as
/// the loss. The paper's prototypes are functions of the prompt; these are points, so that each user's reward is a linear head again.
/// </summary>
/// <param name="users">Names of those who judged.</param>
/// <param name="prototypes">K.</param>
/// <param name="seed">Of the weights' start, which must differ for prototypes to part.</param>
public sealed class IdealPoints(IReadOnlyList<string> users, int prototypes, ulong seed) : IObjective<RewardExample>
{
    private const double Centring = 0.01;
    private const double StartRange = 0.5;

    private readonly Dictionary<string, int> _rows = users.Select((name, row) => (name, row)).ToDictionary(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IReadOnlyList<string> Outputs { get; } = [.. Enumerable.Range(1, prototypes).Select(i => $"prototype-{i}")];

    /// <summary>a, [users, prototypes].</summary>
    public IReadOnlyList<double> OwnStart =>
    [
        .. Enumerable.Range(0, users.Count * prototypes).Select(i => StartRange * ((2 * Philox.Uniform(seed, (ulong)i, 0)) - 1)),
    ];

    /// <summary>w of a user: how much of each prototype their reward is.</summary>
    public double[] Weights(string user, double[] own)
    {
        double[] logits = own.AsSpan(_rows[user] * prototypes, prototypes).ToArray();
        double[] masses = Array.ConvertAll(logits, logit => Math.Exp(logit - logits.Max()));
        return Array.ConvertAll(masses, mass => mass / masses.Sum());
    }

    /// <inheritdoc/>
    public double Evaluate(ScoredBatch<RewardExample> batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        (double loss, int right) = (0, 0);
        for (int i = 0; i < batch.Examples.Count; i++)
        {
            (double[] weights, int place) = (Weights(batch.Examples[i].User!, batch.Own), 2 * i * prototypes);
            double[] chosen = batch.Scores[place..(place + prototypes)];
            double[] rejected = batch.Scores[(place + prototypes)..(place + (2 * prototypes))];
            (double high, double low) = (Mean(weights, chosen), Mean(weights, rejected));
            (double slope, double centre) = (-PairwiseLoss.Slope(high - low), 2 * Centring * (high + low));
            loss += batch.Weights[i] * (PairwiseLoss.Loss(high - low) + (Centring * (high + low) * (high + low)));
            right += high > low ? 1 : 0;
            for (int k = 0; k < prototypes; k++)
            {
                batch.Gradients[place + k] += batch.Weights[i] * weights[k] * (centre + slope);
                batch.Gradients[place + prototypes + k] += batch.Weights[i] * weights[k] * (centre - slope);
                double byWeight = ((centre + slope) * (chosen[k] - high)) + ((centre - slope) * (rejected[k] - low));
                batch.OwnGradients[(_rows[batch.Examples[i].User!] * prototypes) + k] += batch.Weights[i] * weights[k] * byWeight;
            }
        }

        batch.Right = right;
        return loss;
    }

    private static double Mean(double[] weights, double[] scores) => weights.Zip(scores, (weight, score) => weight * score).Sum();
}
