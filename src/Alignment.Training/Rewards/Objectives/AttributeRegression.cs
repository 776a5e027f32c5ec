using Alignment.Training.Rewards.Examples;

namespace Alignment.Training.Rewards.Objectives;

/// <summary>
/// Several attributes by one head, each by least squares: 1/2 (r_a - rating_a)^2, the mean over the attributes that were rated (SteerLM's
/// and HelpSteer's reward models, Wang et al., 2024; with one attribute and every prefix, CD-FUDGE of Mudgal et al., ICML 2024). The
/// scores begin at the mean ratings.
/// </summary>
/// <param name="attributes">Names of what is rated.</param>
/// <param name="examples">All that is learned from.</param>
public sealed class AttributeRegression(IReadOnlyList<string> attributes, IReadOnlyList<RatedExample> examples) : IObjective<RatedExample>
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Outputs => attributes;

    /// <inheritdoc/>
    public IReadOnlyList<double> Start { get; } =
    [
        .. attributes.Select((_, a) => examples.Select(example => example.Ratings[a]).Where(rating => !double.IsNaN(rating)).Average()),
    ];

    /// <inheritdoc/>
    public double Evaluate(ScoredBatch<RatedExample> batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        double loss = 0;
        for (int i = 0; i < batch.Examples.Count; i++)
        {
            double[] ratings = batch.Examples[i].Ratings;
            double weight = batch.Weights[i] / ratings.Count(rating => !double.IsNaN(rating));
            for (int a = 0; a < ratings.Length; a++)
            {
                double difference = double.IsNaN(ratings[a]) ? 0 : batch.Scores[(i * ratings.Length) + a] - ratings[a];
                loss += weight * difference * difference / 2;
                batch.Gradients[(i * ratings.Length) + a] += weight * difference;
            }
        }

        return loss;
    }
}
