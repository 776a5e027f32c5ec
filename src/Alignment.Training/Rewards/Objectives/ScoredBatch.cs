namespace Alignment.Training.Rewards.Objectives;

/// <summary>
/// What an objective is asked of, and where its answer goes: the scores of a batch, and the gradient of its loss by them.
/// </summary>
/// <param name="examples">What is learned from; one may come several times, with other prefixes of its responses.</param>
/// <param name="weights">Of each example's loss; the batch's loss is the sum of weight times loss.</param>
/// <param name="scores">[examples, responses of an example, outputs].</param>
/// <param name="own">The objective's own numbers, which it may change.</param>
public sealed class ScoredBatch<TExample>(IReadOnlyList<TExample> examples, double[] weights, double[] scores, double[] own)
{
    /// <summary>What is learned from.</summary>
    public IReadOnlyList<TExample> Examples => examples;

    /// <summary>Of each example's loss.</summary>
    public double[] Weights => weights;

    /// <summary>[examples, responses of an example, outputs].</summary>
    public double[] Scores => scores;

    /// <summary>d loss / d scores; the objective adds to it.</summary>
    public double[] Gradients { get; } = new double[scores.Length];

    /// <summary>Numbers that are not the head's: learned by <see cref="OwnGradients"/>, or kept by the objective itself.</summary>
    public double[] Own => own;

    /// <summary>d loss / d own; the objective adds to it, and to those that it keeps itself nothing.</summary>
    public double[] OwnGradients { get; } = new double[own.Length];

    /// <summary>Examples that the scores order rightly; null where nothing is ordered.</summary>
    public int? Right { get; set; }
}
